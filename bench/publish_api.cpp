// How many events a second the C++ API publishes over HTTP, to one node, from one thread.
//
//   publish_api URL APP_ID KEY SECRET single|batch SECONDS
//
// Prints events per second. bench/publish_api.mjs runs it beside the SDKs for Python and Node.

#include <grapevine/broadcast.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

using namespace grapevine;

namespace {

constexpr int batch_size = 10;  // what the API takes

broadcast_result publish(const broadcaster& to, bool batched) {
  const json data{{"order_id", 123}, {"status", "shipped"}};
  if (!batched)
    return to.channel("orders").broadcast("OrderShipped", data);
  auto batch = to.batch();
  for (int i = 0; i < batch_size; ++i)
    batch.broadcast("orders", "OrderShipped", data);
  return batch.send();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    std::cerr << "usage: publish_api URL APP_ID KEY SECRET single|batch SECONDS\n";
    return 2;
  }
  const broadcaster to{
      broadcast_settings{.url = argv[1], .app_id = argv[2], .key = argv[3], .secret = argv[4]}};
  const bool batched = std::string{argv[5]} == "batch";
  using clock = std::chrono::steady_clock;
  if (const auto first = publish(to, batched); !first) {
    std::cerr << first.message() << '\n';
    return 1;
  }
  const auto begin = clock::now();
  const auto end = begin + std::chrono::seconds{std::atoi(argv[6])};
  long events = 0;
  for (; clock::now() < end; events += batched ? batch_size : 1)
    if (const auto result = publish(to, batched); !result) {
      std::cerr << result.message() << '\n';
      return 1;
    }
  const std::chrono::duration<double> taken = clock::now() - begin;
  std::cout << static_cast<long>(static_cast<double>(events) / taken.count()) << '\n';
  return 0;
}
