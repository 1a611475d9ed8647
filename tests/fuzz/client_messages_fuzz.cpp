// What a Pusher client says, one message a line, and what its connection makes of it. Every answer
// is JSON, nothing is joined under a name that is not one, and a client event goes out as it was
// written.

#include "expect.hpp"
#include "protocol/channel_name.hpp"
#include "protocol/connection_state.hpp"
#include "protocol/json.hpp"
#include "protocol/server_message.hpp"
#include "protocol/utf8.hpp"

#include <set>
#include <string>

using namespace grapevine::protocol;
using grapevine::fuzz::expect;

namespace {

constexpr std::size_t json_depth = 8;

connection_rules rules() {
  connection_rules r;
  r.key = "key";
  r.secret = "secret";
  r.client_events = true;
  r.channel_name = 40;
  r.json_depth = json_depth;
  r.subscriptions = 4;
  r.presence_user_id = 16;
  r.presence_user_info = 64;
  return r;
}

nlohmann::json frame(const std::string& text) {
  // A string of theirs may be as deep as ours is, inside one more object.
  const auto json = parse_json(text, json_depth + 4);
  expect(json && json->is_object() && json->contains("event"), "an answer is a JSON object");
  return *json;
}

void check_member(std::string_view text) {
  const auto who = decode_member(text, json_depth);
  if (!who)
    return;
  expect(!who->user_id.empty(), "a member has an id");
  expect(who->user_info.empty() || parse_json(who->user_info, json_depth).has_value(),
         "user_info is JSON");
  const auto told = frame(server_message::member_added("presence-x", *who));
  const auto data = parse_json(told.at("data").get<std::string>(), json_depth + 2);
  expect(data && data->at("user_id") == who->user_id, "member_added names the member");
}

void check_decoded(std::string_view text) {
  const auto message = decode_client_message(text, json_depth);
  if (const auto* event = std::get_if<client_event_message>(&message)) {
    expect(event->event.starts_with("client-"), "a client event is called so");
    expect(event->data == "null" || text.find(event->data) != std::string_view::npos,
           "data is as it was written");
    const auto data = parse_json(event->data, json_depth);
    expect(data.has_value(), "data is JSON");
    const auto told = frame(server_message::client_event("c", event->event, event->data, "u"));
    expect(told.at("data") == *data && told.at("event") == event->event,
           "a client event goes out as it came");
  }
  if (const auto* wish = std::get_if<subscribe_message>(&message); wish && wish->channel_data)
    check_member(*wish->channel_data);
  if (const auto* bad = std::get_if<malformed_message>(&message))
    expect(is_valid_utf8(bad->reason), "a reason is text");
}

class connection {
public:
  void on_message(std::string_view text) {
    connection_effects effects;
    now_ += std::chrono::milliseconds{50};
    state_.on_message(text, now_, effects);
    for (const auto& each : effects)
      std::visit([this](const auto& x) { perform(x); }, each);
    expect(state_.subscriptions() <= rules_.subscriptions, "subscriptions keep to their limit");
  }
  bool closed() const noexcept {
    return closed_;
  }

private:
  void perform(const send_message& out) {
    frame(out.json);
  }
  void perform(const send_ping&) {}
  void perform(const close_connection& out) {
    expect(out.code == 1003 || out.code == 4201, "a connection is closed for a reason");
    closed_ = true;
  }
  /// Every second one is refused.
  void perform(const join_channel& out) {
    const auto name = out.channel.text();
    expect(check_channel_name(name, rules_.channel_name, false) == name_fault::none,
           "a channel that is joined has a valid name");
    expect(classify(name).presence() == out.who.has_value(), "presence channels have members");
    connection_effects effects;
    if (++joins_ % 2 == 0)
      state_.refuse(out.channel, out.serial, "LimitReached", "full", 4100, effects);
    else
      expect(state_.confirm(out.channel, out.serial), "a join is waited for");
    for (const auto& each : effects)
      frame(std::get<send_message>(each).json);
  }
  void perform(const leave_channel&) {}
  void perform(const relay_client_event& out) {
    expect(out.event.starts_with("client-"), "only client events are relayed");
    expect(parse_json(out.data_json, json_depth).has_value(), "what is relayed is JSON");
  }

  connection_rules rules_ = rules();
  name_pool names_;
  time_point now_{std::chrono::seconds{1000}};
  connection_state state_{rules_, {1, 1}, names_, now_};
  std::size_t joins_ = 0;
  bool closed_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto text = grapevine::fuzz::as_text(data, size);
  if (!is_valid_utf8(text))
    return 0;  // the decoder of frames lets nothing else through
  connection client;
  while (!text.empty() && !client.closed()) {
    const auto line = grapevine::fuzz::take_line(text);
    check_decoded(line);
    check_member(line);
    client.on_message(line);
  }
  return 0;
}
