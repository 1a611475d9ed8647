#include "drivers/redis_payload.hpp"

#include "base/json_text.hpp"
#include "protocol/json.hpp"
#include "protocol/json_member.hpp"
#include "protocol/socket_id.hpp"
#include "protocol/utf8.hpp"

#include <optional>
#include <utility>

namespace grapevine::drivers {

namespace {

constexpr std::size_t depth_out_max = 512;

/// Null when `key` is absent, null or of another type.
const std::string* text_of(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get_ptr<const std::string*>()
                                                     : nullptr;
}

/// Absent or null.
bool is_missing(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null();
}

std::string socket_or_nobody(std::string_view socket) {
  return protocol::is_socket_id(socket) ? std::string{socket} : std::string{};
}

}  // namespace

std::string encode_redis_payload(const outgoing_event& event, std::string_view origin) {
  std::string payload = R"({"event":)" + base::json_quoted(event.event) + R"(,"data":)";
  payload +=
      protocol::parse_json(event.data, depth_out_max) ? event.data : base::json_quoted(event.data);
  payload += R"(,"socket":)";
  payload += event.except.empty() ? "null" : base::json_quoted(event.except);
  payload += R"(,"origin":)" + base::json_quoted(origin) + "}";
  return payload;
}

std::variant<incoming_event, not_an_event>
decode_redis_payload(std::string_view channel, std::string_view payload,
                     const redis_payload_limits& limits) {
  // Beside the data there is next to nothing; a JSON string of it may be up to six times as long.
  constexpr std::size_t frame_bytes_max = 64u << 10;
  if (payload.size() > limits.data_bytes_max * 6 + frame_bytes_max)
    return not_an_event{"it is too large"};
  const auto value = protocol::parse_json(payload, limits.json_depth_max + 1);
  if (!value || !value->is_object())
    return not_an_event{"it is not a JSON object"};
  const auto* name = text_of(*value, "event");
  if (!name || name->empty())
    return not_an_event{"its event is not a name"};
  const auto* socket = text_of(*value, "socket");
  if (!socket && !is_missing(*value, "socket"))
    return not_an_event{"its socket is neither text nor null"};
  const auto* origin = text_of(*value, "origin");

  incoming_event event;
  if (const auto* text = text_of(*value, "data"))
    event.data = *text;
  else if (value->contains("data"))
    event.data = protocol::json_member_text(payload, "data");
  else
    event.data = "null";
  if (event.data.size() > limits.data_bytes_max)
    return not_an_event{"its data is too large"};
  event.channel = channel;
  event.event = *name;
  event.except = socket ? socket_or_nobody(*socket) : std::string{};
  event.origin = origin ? *origin : std::string{};
  return event;
}

std::variant<incoming_event, not_an_event>
decode_redis_entry(const std::vector<std::pair<std::string_view, std::string_view>>& fields,
                   const redis_payload_limits& limits) {
  incoming_event event;
  event.by = arrival::one;
  std::optional<std::string_view> data;
  for (const auto& [name, value] : fields) {
    if (name == "channel")
      event.channel = value;
    else if (name == "event")
      event.event = value;
    else if (name == "data")
      data = value;
    else if (name == "socket")
      event.except = socket_or_nobody(value);
  }
  if (event.channel.empty())
    return not_an_event{"it names no channel"};
  if (event.event.empty())
    return not_an_event{"it names no event"};
  event.data = data.value_or("null");
  if (event.data.size() > limits.data_bytes_max)
    return not_an_event{"its data is too large"};
  for (const auto* text : {&event.event, &event.data})
    if (!protocol::is_valid_utf8(*text))
      return not_an_event{"it is not UTF-8"};
  return event;
}

std::string redis_prefix_pattern(std::string_view prefix) {
  std::string pattern;
  for (char c : prefix) {
    if (std::string_view{"*?[]\\"}.find(c) != std::string_view::npos)
      pattern += '\\';
    pattern += c;
  }
  return pattern + "*";
}

}  // namespace grapevine::drivers
