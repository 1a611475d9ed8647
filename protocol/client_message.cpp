#include "protocol/client_message.hpp"

#include "protocol/json.hpp"
#include "protocol/json_member.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace grapevine::protocol {

namespace {

using nlohmann::json;

malformed_message malformed(std::string_view event, std::string_view complaint) {
  std::string reason{event};
  reason += ": ";
  reason += complaint;
  return {std::move(reason)};
}

/// The string that `key` has in `object`; nullptr when it is absent or something else.
const std::string* string_member(const json& object, const char* key) {
  const auto it = object.find(key);
  return it == object.end() ? nullptr : it->get_ptr<const json::string_t*>();
}

/// As `string_member`, but absent and null both leave `out` as it is. False for any other type.
template <class String>
bool read_optional(const json& object, const char* key, String& out) {
  const auto it = object.find(key);
  if (it == object.end() || it->is_null())
    return true;
  const auto* text = it->get_ptr<const json::string_t*>();
  if (text)
    out = *text;
  return text != nullptr;
}

/// Moves the `data` object of a `pusher:` event out, sent as it is or as a string that holds it.
std::optional<json> data_object(json& message, std::size_t json_depth_max) {
  const auto it = message.find("data");
  if (it == message.end())
    return std::nullopt;
  auto data = it->is_string() ? parse_json(it->get_ref<const std::string&>(), json_depth_max)
                              : std::optional<json>{std::move(*it)};
  return data && data->is_object() ? std::move(data) : std::nullopt;
}

/// The one text of a number, so that 42 and 42.0 are the same user: as JavaScript would print it,
/// but for long integers, which keep all their digits. `written` is the number as it came.
std::string number_text(const json& number, std::string_view written) {
  if (number.is_number_float() && written.find_first_of(".eE") == std::string_view::npos)
    return std::string{written};
  auto text = number.dump();
  if (text.ends_with(".0"))
    text.resize(text.size() - 2);
  return text == "-0" ? "0" : text;
}

client_message decode_subscribe(const json& data) {
  const auto* channel = string_member(data, "channel");
  if (!channel)
    return malformed("pusher:subscribe", "the channel must be a string");
  subscribe_message result{.channel = *channel, .auth = {}, .channel_data = {}};
  if (!read_optional(data, "auth", result.auth))
    return malformed("pusher:subscribe", "auth must be a string");
  if (!read_optional(data, "channel_data", result.channel_data))
    return malformed("pusher:subscribe", "channel_data must be a string that holds JSON");
  return result;
}

client_message decode_unsubscribe(const json& data) {
  const auto* channel = string_member(data, "channel");
  if (!channel)
    return malformed("pusher:unsubscribe", "the channel must be a string");
  return unsubscribe_message{*channel};
}

client_message decode_signin(const json& data) {
  const auto* auth = string_member(data, "auth");
  const auto* user_data = string_member(data, "user_data");
  if (!auth || !user_data)
    return malformed("pusher:signin", "auth and user_data must be strings");
  return signin_message{*auth, *user_data};
}

/// `text` is the whole message: its `data` goes to others as it was written, which keeps the order
/// of keys and the digits of numbers.
client_message decode_client_event(const std::string& event, const json& message,
                                   std::string_view text) {
  const auto* channel = string_member(message, "channel");
  if (!channel)
    return malformed("Client event", "the channel must be a string");
  const auto data = json_member_text(text, "data");
  return client_event_message{event, *channel, std::string{data.empty() ? "null" : data}};
}

using data_decoder = client_message (*)(const json& data);

/// Nullptr for an event that carries nothing we read.
data_decoder decoder_of(std::string_view event) {
  if (event == "pusher:subscribe")
    return decode_subscribe;
  if (event == "pusher:unsubscribe")
    return decode_unsubscribe;
  return event == "pusher:signin" ? decode_signin : nullptr;
}

}  // namespace

client_message decode_client_message(std::string_view text, std::size_t json_depth_max) {
  auto message = parse_json(text, json_depth_max);
  if (!message)
    return malformed_message{"The message is not JSON, or nested too deeply"};
  if (!message->is_object())
    return malformed_message{"The message is not a JSON object"};
  const auto* event = string_member(*message, "event");
  if (!event)
    return malformed_message{"The message has no event name, or one that is not a string"};
  if (event->starts_with("client-"))
    return decode_client_event(*event, *message, text);
  if (*event == "pusher:ping")
    return ping_message{};
  if (*event == "pusher:pong")
    return pong_message{};
  const auto decode = decoder_of(*event);
  if (!decode)
    return unknown_message{*event};
  const auto data = data_object(*message, json_depth_max);
  return data ? decode(*data) : malformed(*event, "data must be an object");
}

std::optional<presence_member> decode_member(std::string_view channel_data,
                                             std::size_t json_depth_max) {
  const auto object = parse_json(channel_data, json_depth_max);
  if (!object || !object->is_object())
    return std::nullopt;
  const auto id = object->find("user_id");
  if (id == object->end())
    return std::nullopt;
  presence_member result;
  if (const auto* text = id->get_ptr<const json::string_t*>())
    result.user_id = *text;
  else if (id->is_number())
    result.user_id = number_text(*id, json_member_text(channel_data, "user_id"));
  if (result.user_id.empty())
    return std::nullopt;
  const auto info = json_member_text(channel_data, "user_info");
  if (info != "null")
    result.user_info = info;
  return result;
}

}  // namespace grapevine::protocol
