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

std::string channel_name(std::size_t index, std::size_t count) {
  const std::string name{event_channel};
  if (count <= 1)
    return name;
  const auto number = std::to_string(index);
  constexpr std::size_t digits = 6;
  return name + "-" + std::string(digits - std::min(digits, number.size()), '0') + number;
}

std::string publish_body(std::size_t size, std::string_view channel) {
  const nlohmann::json body = {
      {"name", event_name}, {"channel", channel}, {"data", event_data(size)}};
  return body.dump();
}

std::string batch_body(std::size_t size, std::size_t count, std::string_view channel) {
  const nlohmann::json event = {
      {"name", event_name}, {"channel", channel}, {"data", event_data(size)}};
  nlohmann::json body;
  body["batch"] = std::vector<nlohmann::json>(count, event);
  return body.dump();
}

std::string event_message(std::size_t size, std::string_view channel) {
  return protocol::server_message::event(channel, event_name, event_data(size));
}

}  // namespace grapevine::bench
