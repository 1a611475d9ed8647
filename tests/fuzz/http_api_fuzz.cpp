// A request of the HTTP API behind its signature: "METHOD /path?query" on the first line, the body
// behind it. What is accepted keeps every rule of protocol.md 9.2, and what is not says why.

#include "expect.hpp"
#include "protocol/channel_name.hpp"
#include "protocol/http_api.hpp"
#include "protocol/json.hpp"
#include "protocol/utf8.hpp"

#include <set>
#include <string>

using namespace grapevine::protocol;
using grapevine::fuzz::expect;

namespace {

const api_limits limits{.event_data = 256,
                        .event_name = 20,
                        .channel_name = 40,
                        .channels_per_event = 4,
                        .batch_events = 3,
                        .json_depth = 8};

bool valid_channel(const std::string& name, bool users_too) {
  return check_channel_name(name, limits.channel_name, users_too) == name_fault::none;
}

void check(const publish_request& event) {
  expect(!event.event.empty() && count_characters(event.event) <= limits.event_name,
         "a name keeps to its limit");
  expect(!event.event.starts_with("pusher:") && !event.event.starts_with("pusher_internal:"),
         "a name is not reserved");
  expect(event.data.size() <= limits.event_data && is_valid_utf8(event.data),
         "data keeps to its limit");
  const std::set<std::string> distinct{event.channels.begin(), event.channels.end()};
  expect(!distinct.empty() && distinct.size() == event.channels.size()
             && distinct.size() <= limits.channels_per_event,
         "channels are distinct, and not too many");
  for (const auto& channel : distinct)
    expect(valid_channel(channel, true), "a channel has a valid name");
}

/// What was accepted, written as an SDK writes it, is accepted again and means the same.
void check_again(const publish_request& event) {
  nlohmann::json body{{"name", event.event}, {"data", event.data}, {"channels", event.channels}};
  if (event.except)
    body["socket_id"] = to_string(*event.except);
  const auto again = parse_api_call("POST", "/events", {}, body.dump(), limits);
  const auto* batch = std::get_if<publish_batch>(&again);
  expect(batch && batch->single && batch->events.size() == 1, "an event is accepted again");
  const auto& read = batch->events.front();
  expect(read.event == event.event && read.data == event.data && read.channels == event.channels
             && read.except == event.except,
         "an event that is written reads the same");
}

void check(const publish_batch& batch) {
  expect(!batch.events.empty() && batch.events.size() <= limits.batch_events,
         "a batch keeps to its limit");
  expect(!batch.single || batch.events.size() == 1, "a single event is one");
  for (const auto& event : batch.events) {
    check(event);
    check_again(event);
  }
}
void check(const list_channels& call) {
  expect(!call.info.user_count || call.prefix.starts_with("presence-"),
         "users are counted in presence channels");
}
void check(const describe_channel& call) {
  expect(valid_channel(call.channel, false), "a channel has a valid name");
  expect(applicable(call.info, call.channel) == call.info, "what is asked applies");
}
void check(const list_users& call) {
  expect(valid_channel(call.channel, false) && classify(call.channel).presence(),
         "only presence channels have users");
}
void check(const count_connections&) {}
void check(const terminate_user& call) {
  expect(valid_channel(call.user_id, false), "a user id could be one");
}
void check(const api_refusal& refusal) {
  expect(refusal.status == 400 || refusal.status == 404 || refusal.status == 405
             || refusal.status == 413,
         "a refusal is one of four");
  expect((refusal.status == 405) == !refusal.allow.empty(), "405 names what the path has");
  const auto body = parse_json(encode_error(refusal.status, refusal.error), 2);
  expect(body && body->at("code") == refusal.status && !refusal.error.empty(),
         "a refusal says why");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto body = grapevine::fuzz::as_text(data, size);
  const auto line = grapevine::fuzz::take_line(body);
  const auto method = line.substr(0, line.find(' '));
  const auto target = line.substr(std::min(method.size() + 1, line.size()));
  const auto path = target.substr(0, target.find('?'));
  const auto query = target.substr(std::min(path.size() + 1, target.size()));
  const auto split = split_api_path(path);
  if (split)
    expect(path.starts_with("/apps/") && path.ends_with(split->rest), "a path is cut in two");
  const auto rest = split ? std::string_view{split->rest} : path;
  const auto call = parse_api_call(method, rest, parse_query(query), body, limits);
  std::visit([](const auto& x) { check(x); }, call);
  return 0;
}
