#include "protocol/server_message.hpp"

#include "protocol/json_string.hpp"

namespace grapevine::protocol::server_message {

namespace {

/// Room for the fixed part of a message and a few escapes, so that most are made in one allocation.
constexpr std::size_t envelope_bytes = 128;

/// Starts `{"event":…` with a name of ours, which needs no escaping.
std::string begin(std::string_view event, std::size_t content_bytes = 0) {
  std::string out;
  out.reserve(envelope_bytes + content_bytes);
  out += R"({"event":")";
  out += event;
  out += '"';
  return out;
}

void append_channel(std::string& out, std::string_view channel) {
  out += R"(,"channel":)";
  append_json_string(out, channel);
}

/// A message of ours on a channel whose data is the JSON text `data_json` in a string.
std::string on_channel(std::string_view event, std::string_view channel,
                       std::string_view data_json) {
  auto out = begin(event, channel.size() + data_json.size() + data_json.size() / 4);
  append_channel(out, channel);
  out += R"(,"data":)";
  append_json_string(out, data_json);
  out += '}';
  return out;
}

std::string_view info_or_empty_object(const presence_member& m) {
  return m.user_info.empty() ? std::string_view{"{}"} : m.user_info;
}

}  // namespace

std::string connection_established(socket_id socket, std::chrono::seconds activity_timeout) {
  std::string data = R"({"socket_id":")";
  data += to_string(socket);
  data += R"(","activity_timeout":)";
  data += std::to_string(activity_timeout.count());
  data += '}';
  auto out = begin("pusher:connection_established");
  out += R"(,"data":)";
  append_json_string(out, data);
  out += '}';
  return out;
}

std::string ping() {
  return R"({"event":"pusher:ping","data":"{}"})";
}

std::string pong() {
  return R"({"event":"pusher:pong","data":"{}"})";
}

std::string error(std::optional<int> code, std::string_view message) {
  auto out = begin("pusher:error", message.size());
  out += R"(,"data":{"code":)";
  out += code ? std::to_string(*code) : "null";
  out += R"(,"message":)";
  append_json_string(out, message);
  out += "}}";
  return out;
}

std::string subscription_succeeded(std::string_view channel) {
  return on_channel("pusher_internal:subscription_succeeded", channel, "{}");
}

std::string presence_subscription_succeeded(std::string_view channel,
                                            std::string_view presence_json) {
  return on_channel("pusher_internal:subscription_succeeded", channel, presence_json);
}

std::string subscription_error(std::string_view channel, std::string_view type,
                               std::string_view error, int status) {
  auto out = begin("pusher:subscription_error", channel.size() + type.size() + error.size());
  append_channel(out, channel);
  out += R"(,"data":{"type":)";
  append_json_string(out, type);
  out += R"(,"error":)";
  append_json_string(out, error);
  out += R"(,"status":)";
  out += std::to_string(status);
  out += "}}";
  return out;
}

std::string event(std::string_view channel, std::string_view event, std::string_view data) {
  std::string out;
  // Data is JSON most of the time, and about every fourth byte of it a quote.
  out.reserve(envelope_bytes + channel.size() + event.size() + data.size() + data.size() / 4);
  out += R"({"event":)";
  append_json_string(out, event);
  append_channel(out, channel);
  out += R"(,"data":)";
  append_json_string(out, data);
  out += '}';
  return out;
}

std::string client_event(std::string_view channel, std::string_view event,
                         std::string_view data_json, std::optional<std::string_view> user_id) {
  std::string out;
  out.reserve(envelope_bytes + channel.size() + event.size() + data_json.size()
              + (user_id ? user_id->size() : 0));
  out += R"({"event":)";
  append_json_string(out, event);
  append_channel(out, channel);
  out += R"(,"data":)";
  out += data_json;
  if (user_id) {
    out += R"(,"user_id":)";
    append_json_string(out, *user_id);
  }
  out += '}';
  return out;
}

std::string cache_miss(std::string_view channel) {
  return on_channel("pusher:cache_miss", channel, "{}");
}

std::string member_added(std::string_view channel, const presence_member& joined) {
  std::string data = R"({"user_id":)";
  append_json_string(data, joined.user_id);
  data += R"(,"user_info":)";
  data += info_or_empty_object(joined);
  data += '}';
  return on_channel("pusher_internal:member_added", channel, data);
}

std::string member_removed(std::string_view channel, std::string_view user_id) {
  std::string data = R"({"user_id":)";
  append_json_string(data, user_id);
  data += '}';
  return on_channel("pusher_internal:member_removed", channel, data);
}

std::string subscription_count(std::string_view channel, std::size_t count) {
  const auto data = R"({"subscription_count":)" + std::to_string(count) + '}';
  return on_channel("pusher_internal:subscription_count", channel, data);
}

std::string presence_data(std::span<const presence_member> members) {
  std::size_t content_bytes = 0;
  for (const auto& m : members)
    content_bytes += 2 * m.user_id.size() + m.user_info.size() + 8;
  std::string out;
  out.reserve(envelope_bytes + content_bytes);
  out += R"({"presence":{"count":)";
  out += std::to_string(members.size());
  out += R"(,"ids":[)";
  std::string_view separator;
  for (const auto& m : members) {
    out += separator;
    append_json_string(out, m.user_id);
    separator = ",";
  }
  out += R"(],"hash":{)";
  separator = {};
  for (const auto& m : members) {
    out += separator;
    append_json_string(out, m.user_id);
    out += ':';
    out += info_or_empty_object(m);
    separator = ",";
  }
  out += "}}}";
  return out;
}

}  // namespace grapevine::protocol::server_message
