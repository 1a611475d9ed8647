// What wanting a channel costs other nodes: bytes on the links, and memory at the other end.

#include "bench/channel_collector.hpp"
#include "bench/cluster_measurements.hpp"
#include "bench/node_group.hpp"
#include "bench/process_meter.hpp"

#include <thread>

namespace grapevine::bench {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

namespace {

/// Digests follow the last change by a second.
constexpr auto aftermath = 1500ms;
constexpr std::size_t alone = 50;
constexpr std::size_t per_connection = 1000;  // what an app allows
constexpr std::size_t names = 999'999;

/// Bytes that all nodes have sent each other, probes included.
double sent(node_group& nodes) {
  double bytes = 0;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    bytes += nodes.counters(i).value("bytes_sent", 0.0);
  return bytes;
}

/// What `work` and its aftermath make the nodes send, less what they send at rest in that time.
template <class Work>
double bytes_of(node_group& nodes, double idle_per_second, Work work) {
  const auto before = sent(nodes);
  const auto start = clock::now();
  work();
  std::this_thread::sleep_for(aftermath);
  const auto bytes = sent(nodes) - before;
  const std::chrono::duration<double> took = clock::now() - start;
  return bytes - idle_per_second * took.count();
}

std::size_t settled_memory(pid_t pid) {
  auto last = anonymous_memory(pid);
  for (int reading = 0; reading < 20; ++reading) {
    std::this_thread::sleep_for(500ms);
    const auto now = anonymous_memory(pid);
    if (now == last)
      break;
    last = now;
  }
  return last;
}

/// Waits until `node` knows that the others want at least `keys` channels.
bool wait_for_keys(node_group& nodes, std::size_t node, std::size_t keys,
                   clock::time_point deadline) {
  while (nodes.counters(node).value("interest_keys", std::size_t{0}) < keys) {
    if (clock::now() > deadline)
      return false;
    std::this_thread::sleep_for(20ms);
  }
  return true;
}

}  // namespace

bool measure_bytes(const cluster_options& options, measurement& out, std::string& why) {
  const auto nodes =
      node_group::start({.server = options.server, .nodes = 3, .shards = options.shards}, why);
  if (!nodes)
    return false;
  channel_collector one{nodes->port(0)};
  channel_collector many{nodes->port(0)};
  bool whole = one.open() && many.open() && one.subscribe(0, 1, names, 5s);
  std::this_thread::sleep_for(aftermath);
  const auto before = sent(*nodes);
  const auto start = clock::now();
  std::this_thread::sleep_for(5s);
  const std::chrono::duration<double> rest = clock::now() - start;
  const auto idle = (sent(*nodes) - before) / rest.count();
  // Each is alone in its turn of the loops, but its acknowledgements of bytes may serve others too.
  const auto singly = bytes_of(*nodes, idle, [&] {
    for (std::size_t i = 1; i <= alone && whole; ++i) {
      whole = one.subscribe(i, i + 1, names, 5s);
      std::this_thread::sleep_for(20ms);
    }
  });
  const auto burst = bytes_of(*nodes, idle, [&] {
    whole = whole && many.subscribe(10'000, 10'000 + options.subscribes, names, 10s);
  });
  if (!whole) {
    why = "not every subscription succeeded";
    return false;
  }
  const auto per = [](double bytes, std::size_t count) {
    return bytes / static_cast<double>(count);
  };
  out.add("at rest, all three nodes", idle, "B/s");
  out.add("one subscribe after the other, to both peers and back", per(singly, alone), "B each",
          2 * 190);
  out.add("in a burst of " + std::to_string(options.subscribes), per(burst, options.subscribes),
          "B each", 2 * 9);
  return true;
}

bool measure_memory(const cluster_options& options, measurement& out, std::string& why) {
  const auto deadline = clock::now() + options.limit;
  const auto nodes =
      node_group::start({.server = options.server, .nodes = 2, .shards = options.shards}, why);
  if (!nodes)
    return false;
  // A thousand first, so that what is made once per process is in the figure before.
  std::vector<std::unique_ptr<channel_collector>> collectors;
  const auto collect = [&](std::size_t from, std::size_t to) {
    for (; from < to; from += per_connection) {
      auto& each = *collectors.emplace_back(std::make_unique<channel_collector>(nodes->port(0)));
      if (clock::now() > deadline || !each.open()
          || !each.subscribe(from, std::min(from + per_connection, to), names, 20s))
        return false;
    }
    return true;
  };
  if (!collect(0, per_connection)) {
    why = "not every subscription succeeded";
    return false;
  }
  const auto before = settled_memory(nodes->pid(1));
  const auto own_before = settled_memory(nodes->pid(0));
  const auto start = clock::now();
  const auto total = per_connection + options.channels;
  if (!collect(per_connection, total) || !wait_for_keys(*nodes, 1, total, clock::now() + 10s)) {
    why = "not every subscription succeeded and reached the other node";
    return false;
  }
  const std::chrono::duration<double> took = clock::now() - start;
  const auto per_channel = [&](std::size_t pid_before, std::size_t node) {
    return (static_cast<double>(settled_memory(nodes->pid(node))) - static_cast<double>(pid_before))
           / static_cast<double>(options.channels);
  };
  out.add("channels", static_cast<double>(options.channels), "");
  out.add("subscribed per second", static_cast<double>(options.channels) / took.count(), "/s");
  out.add("peer's memory for each", per_channel(before, 1), "B", 64);
  out.add("own memory for each, one subscriber included", per_channel(own_before, 0), "B");
  return true;
}

}  // namespace grapevine::bench
