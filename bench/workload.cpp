#include "bench/workload.hpp"

#include "protocol/server_message.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace grapevine::bench {

std::string event_data(std::size_t size) {
  constexpr std::string_view head = R"({"n":")";
  constexpr std::string_view tail = R"("})";
  std::string data{head};
  data.append(std::max(size, head.size() + tail.size()) - head.size() - tail.size(), 'x');
  data += tail;
  return data;
}

std::string publish_body(std::size_t size) {
  nlohmann::json body = {
      {"name", event_name}, {"channel", event_channel}, {"data", event_data(size)}};
  return body.dump();
}

std::string event_message(std::size_t size) {
  return protocol::server_message::event(event_channel, event_name, event_data(size));
}

}  // namespace grapevine::bench
