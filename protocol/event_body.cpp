#include "protocol/event_body.hpp"

#include "base/json_text.hpp"
#include "protocol/channel_name.hpp"
#include "protocol/json.hpp"
#include "protocol/utf8.hpp"

#include <algorithm>
#include <unordered_set>

namespace grapevine::protocol {

namespace {

using nlohmann::json;
using fault = std::optional<api_refusal>;

api_refusal bad(std::string error) {
  return {400, std::move(error), {}};
}

/// The member, or null when it is absent or JSON's null: clients write either for "not given".
const json* given(const json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

fault read_name(const json& object, const api_limits& limits, publish_request& out) {
  const auto* name = given(object, "name");
  if (!name || !name->is_string())
    return bad("name must be a string");
  const auto& text = name->get_ref<const std::string&>();
  if (text.empty())
    return bad("name must not be empty");
  if (count_characters(text) > limits.event_name)
    return bad("name is longer than " + std::to_string(limits.event_name) + " characters");
  if (text.starts_with("pusher:") || text.starts_with("pusher_internal:"))
    return bad("names that start with pusher: or pusher_internal: are reserved");
  out.event = text;
  return std::nullopt;
}

/// A client that forgets to encode its payload is served: what is no string is encoded here.
fault read_data(const json& object, const api_limits& limits, publish_request& out) {
  const auto data = object.find("data");
  if (data == object.end())
    return bad("data is missing");
  out.data = data->is_string() ? data->get_ref<const std::string&>() : base::json_text(*data);
  if (out.data.size() > limits.event_data)
    return api_refusal{
        413, "data is larger than " + std::to_string(limits.event_data) + " bytes", {}};
  return std::nullopt;
}

fault check_channel(const json& channel, const api_limits& limits) {
  if (!channel.is_string())
    return bad("a channel must be a string");
  const auto& name = channel.get_ref<const std::string&>();
  const auto wrong = check_channel_name(name, limits.channel_name, true);
  if (wrong != name_fault::none)
    return bad(std::string{explain(wrong)});
  return std::nullopt;
}

fault read_channel_list(const json& list, const api_limits& limits, publish_request& out) {
  if (!list.is_array() || list.empty() || list.size() > limits.channels_per_event)
    return bad("channels must be an array of 1 to " + std::to_string(limits.channels_per_event)
               + " names");
  std::unordered_set<std::string_view> seen;
  for (const auto& channel : list) {
    if (auto wrong = check_channel(channel, limits))
      return wrong;
    const auto& name = channel.get_ref<const std::string&>();
    if (seen.insert(name).second)
      out.channels.push_back(name);
  }
  return std::nullopt;
}

fault read_channels(const json& object, const api_limits& limits, publish_request& out) {
  const auto* many = given(object, "channels");
  const auto* one = given(object, "channel");
  if ((many != nullptr) == (one != nullptr))
    return bad("either channels or channel is required");
  if (many)
    return read_channel_list(*many, limits, out);
  if (auto wrong = check_channel(*one, limits))
    return wrong;
  out.channels.push_back(one->get<std::string>());
  return std::nullopt;
}

fault read_socket_id(const json& object, publish_request& out) {
  const auto* id = given(object, "socket_id");
  if (!id)
    return std::nullopt;
  if (id->is_string())
    out.except = parse_socket_id(id->get_ref<const std::string&>());
  if (!out.except)
    return bad("socket_id must be two numbers with a dot between");
  return std::nullopt;
}

fault read_info(const json& object, publish_request& out) {
  const auto* info = given(object, "info");
  if (!info)
    return std::nullopt;
  if (!info->is_string())
    return bad("info must be a string");
  auto parsed = parse_info(info->get_ref<const std::string&>());
  if (auto* refused = std::get_if<api_refusal>(&parsed))
    return std::move(*refused);
  out.info = std::get<info_request>(parsed);
  return std::nullopt;
}

fault read_event(const json& object, const api_limits& limits, publish_request& out) {
  if (!object.is_object())
    return bad("an event must be an object");
  auto wrong = read_name(object, limits, out);
  if (!wrong)
    wrong = read_data(object, limits, out);
  if (!wrong)
    wrong = read_channels(object, limits, out);
  if (!wrong)
    wrong = read_socket_id(object, out);
  if (!wrong)
    wrong = read_info(object, out);
  return wrong;
}

api_refusal no_json(const api_limits& limits) {
  return bad("the body must be JSON in UTF-8, nested at most " + std::to_string(limits.json_depth)
             + " deep");
}

}  // namespace

api_call parse_event(std::string_view body, const api_limits& limits) {
  const auto value = parse_json(body, limits.json_depth);
  if (!value)
    return no_json(limits);
  publish_request event;
  if (auto wrong = read_event(*value, limits, event))
    return std::move(*wrong);
  publish_batch single;
  single.events.push_back(std::move(event));
  return single;
}

api_call parse_batch(std::string_view body, const api_limits& limits) {
  const auto value = parse_json(body, limits.json_depth);
  if (!value)
    return no_json(limits);
  const auto* list = value->is_object() ? given(*value, "batch") : nullptr;
  if (!list || !list->is_array() || list->empty() || list->size() > limits.batch_events)
    return bad("batch must be an array of 1 to " + std::to_string(limits.batch_events) + " events");
  publish_batch batch{false, {}};
  for (const auto& item : *list) {
    const auto index = batch.events.size();
    auto& event = batch.events.emplace_back();
    auto wrong = read_event(item, limits, event);
    // The answer has one place for each event, and it is that of one channel.
    if (!wrong && event.channels.size() > 1)
      wrong = bad("an event of a batch has one channel");
    if (wrong) {
      wrong->error = "batch[" + std::to_string(index) + "]: " + wrong->error;
      return std::move(*wrong);
    }
  }
  return batch;
}

std::variant<info_request, api_refusal> parse_info(std::string_view text) {
  info_request info;
  while (!text.empty()) {
    const auto name = text.substr(0, text.find(','));
    text.remove_prefix(std::min(name.size() + 1, text.size()));
    if (name == "user_count")
      info.user_count = true;
    else if (name == "subscription_count")
      info.subscription_count = true;
    else if (name == "cache")
      info.cache = true;
    else if (!name.empty())
      return bad("info may ask for user_count, subscription_count and cache");
  }
  return info;
}

}  // namespace grapevine::protocol
