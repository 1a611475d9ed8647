#define CAF_SUITE protocol.connection_state

#include "protocol/connection_state.hpp"
#include "protocol/signature.hpp"

#include <nlohmann/json.hpp>

#include <deque>

#include "caf/test/dsl.hpp"

using namespace grapevine::protocol;
using namespace std::chrono_literals;
using json = nlohmann::json;

namespace {

const time_point start{1h};

connection_rules demo_rules() {
  connection_rules rules;
  rules.key = "gv-demo-key";
  rules.secret = "gv-demo-secret";
  rules.client_events = true;
  rules.activity_timeout = 120s;
  rules.pong_timeout = 30s;
  return rules;
}

struct fixture {
  connection_rules rules = demo_rules();
  name_pool names;
  connection_state state{rules, {4242, 777}, names, start};
  time_point now = start;
  connection_effects effects;
  std::deque<json> parsed;

  void say(const json& message) {
    say_text(message.dump());
  }
  void say_text(std::string_view text) {
    effects.clear();
    state.on_message(text, now, effects);
  }
  void subscribe(std::string_view channel, std::string_view auth = {},
                 std::optional<std::string> channel_data = {}) {
    json data{{"channel", channel}, {"auth", auth}};
    if (channel_data)
      data["channel_data"] = *channel_data;
    say({{"event", "pusher:subscribe"}, {"data", data}});
  }
  void subscribe_signed(std::string_view channel, std::optional<std::string> channel_data = {}) {
    subscribe(channel,
              channel_auth(rules.key, rules.secret, "4242.777", channel, channel_data.value_or("")),
              channel_data);
  }
  /// Subscribes and lets the channel confirm.
  void enter(std::string_view channel, std::optional<std::string> channel_data = {}) {
    subscribe_signed(channel, channel_data);
    auto& join = only<join_channel>();
    state.confirm(join.channel, join.serial);
  }
  void whisper(std::string_view channel, std::string_view event = "client-typing",
               const json& data = {{"on", true}}) {
    say({{"event", event}, {"channel", channel}, {"data", data}});
  }
  /// The one effect there is, which must be of this type.
  template <class T>
  T& only() {
    CAF_REQUIRE_EQUAL(effects.size(), 1u);
    CAF_REQUIRE(std::holds_alternative<T>(effects[0]));
    return std::get<T>(effects[0]);
  }
  /// Kept until the end: checks hold on to parts of what they compare.
  const json& sent(std::size_t i = 0) {
    CAF_REQUIRE_LESS(i, effects.size());
    CAF_REQUIRE(std::holds_alternative<send_message>(effects[i]));
    return parsed.emplace_back(json::parse(std::get<send_message>(effects[i]).json));
  }
  void check_refused(std::string_view type, int status) {
    CAF_REQUIRE_EQUAL(effects.size(), 2u);
    CAF_CHECK_EQUAL(sent(0).at("event"), "pusher:subscription_error");
    CAF_CHECK_EQUAL(sent(0).at("data").at("type"), type);
    CAF_CHECK_EQUAL(sent(0).at("data").at("status"), status);
    CAF_CHECK_EQUAL(sent(1).at("event"), "pusher:error");
    CAF_CHECK(sent(1).at("data").at("code").is_null());
    CAF_CHECK_EQUAL(state.subscriptions(), 0u);
  }
  void check_error(int code) {
    CAF_REQUIRE_EQUAL(effects.size(), 1u);
    CAF_CHECK_EQUAL(sent().at("event"), "pusher:error");
    CAF_CHECK_EQUAL(sent().at("data").at("code"), code);
  }
};

const std::string ada = R"({"user_id":"42","user_info":{"name":"Ada"}})";

}  // namespace

CAF_TEST_FIXTURE_SCOPE(connection_state_tests, fixture)

CAF_TEST(the greeting tells the socket id and the activity timeout) {
  auto greeting = json::parse(state.greeting());
  CAF_CHECK_EQUAL(greeting.at("event"), "pusher:connection_established");
  auto data = json::parse(greeting.at("data").get<std::string>());
  CAF_CHECK_EQUAL(data.at("socket_id"), "4242.777");
  CAF_CHECK_EQUAL(data.at("activity_timeout"), 120);
}

CAF_TEST(an activity timeout below a second is announced as one) {
  rules.activity_timeout = 200ms;
  auto data = json::parse(json::parse(state.greeting()).at("data").get<std::string>());
  CAF_CHECK_EQUAL(data.at("activity_timeout"), 1);
}

CAF_TEST(a ping is answered with a pong) {
  say({{"event", "pusher:ping"}, {"data", json::object()}});
  CAF_CHECK_EQUAL(only<send_message>().json, R"({"event":"pusher:pong","data":"{}"})");
}

CAF_TEST(a public channel needs no signature and may carry an empty one) {
  subscribe("orders", "");
  auto& join = only<join_channel>();
  CAF_CHECK_EQUAL(join.channel.text(), "orders");
  CAF_CHECK(!join.who);
  CAF_CHECK(!join.repeated);
}

CAF_TEST(a private channel wants the signature of its socket and name) {
  subscribe("private-orders.7",
            "gv-demo-key:11230832aed97b237532fcf1f16ccc54283c396b02b4ef96a4f10c6be2062d5d");
  only<join_channel>();
  effects.clear();
  say({{"event", "pusher:unsubscribe"}, {"data", {{"channel", "private-orders.7"}}}});
  subscribe("private-orders.7",
            "gv-demo-key:21230832aed97b237532fcf1f16ccc54283c396b02b4ef96a4f10c6be2062d5d");
  check_refused("AuthError", 401);
}

CAF_TEST(a private channel without a signature is refused) {
  subscribe("private-orders.7");
  check_refused("AuthError", 401);
}

CAF_TEST(a signature under another key is refused) {
  subscribe("private-orders.7",
            "other-key:11230832aed97b237532fcf1f16ccc54283c396b02b4ef96a4f10c6be2062d5d");
  check_refused("AuthError", 401);
}

CAF_TEST(channel data on a private channel takes part in the signature) {
  subscribe_signed("private-orders.7", R"({"custom":1})");
  CAF_CHECK(!only<join_channel>().who);
}

CAF_TEST(channel data is verified as the bytes that were signed) {
  auto php = R"({"user_id":"42","user_info":{"url":"https:\/\/example.test"}})";
  subscribe("presence-room.1",
            "gv-demo-key:47d198711a944596d6142ce63085d9a86f40f6225f06462ce26e3a75adc51a58", php);
  CAF_CHECK_EQUAL(only<join_channel>().who->user_id, "42");
}

CAF_TEST(a presence channel brings its member) {
  subscribe("presence-room.1",
            "gv-demo-key:a0c686c64f2676b7b255e87a9daee08f2c8f67414ac683d512f7ae6e9e95c713", ada);
  auto& join = only<join_channel>();
  CAF_REQUIRE(join.who);
  CAF_CHECK(*join.who == (presence_member{"42", R"({"name":"Ada"})"}));
}

CAF_TEST(a presence channel without a member is refused) {
  subscribe_signed("presence-room.1");
  check_refused("AuthError", 401);
  subscribe_signed("presence-room.1", R"({"user_info":{}})");
  check_refused("AuthError", 401);
}

CAF_TEST(the id and info of a member have their limits) {
  rules.presence_user_id = 3;
  rules.presence_user_info = 16;
  subscribe_signed("presence-room.1", R"({"user_id":"1234"})");
  check_refused("LimitReached", 4301);
  subscribe_signed("presence-room.1", R"({"user_id":"123","user_info":{"name":"A long one"}})");
  check_refused("LimitReached", 4301);
  subscribe_signed("presence-room.1", R"({"user_id":"123","user_info":{"name":"Ada"}})");
  only<join_channel>();
}

CAF_TEST(an id has its limit in characters and not in bytes) {
  rules.presence_user_id = 3;
  subscribe_signed("presence-room.1", R"({"user_id":"äöüß"})");
  check_refused("LimitReached", 4301);
  subscribe_signed("presence-room.1", R"({"user_id":"äöü"})");
  only<join_channel>();
}

CAF_TEST(the refusal of a name that is too long repeats whole characters of it) {
  rules.channel_name = 4;
  subscribe("aäöü");
  check_refused("LimitReached", 400);
  CAF_CHECK_EQUAL(sent(0).at("channel"), "aä");
}

CAF_TEST(bad channel names are refused) {
  subscribe("no spaces");
  check_refused("InvalidChannel", 400);
  subscribe("#reserved");
  check_refused("InvalidChannel", 400);
  subscribe("");
  check_refused("InvalidChannel", 400);
  subscribe(std::string(201, 'a'));
  check_refused("LimitReached", 400);
  CAF_CHECK_EQUAL(sent(0).at("channel").get<std::string>().size(), 200u);
}

CAF_TEST(nobody who is not signed in gets the channel of a user) {
  subscribe("#server-to-user-42");
  check_refused("AuthError", 401);
}

CAF_TEST(a subscription too many is refused and the others stay) {
  rules.subscriptions = 2;
  enter("a");
  enter("b");
  subscribe("c");
  CAF_REQUIRE_EQUAL(effects.size(), 2u);
  CAF_CHECK_EQUAL(sent(0).at("data").at("type"), "LimitReached");
  CAF_CHECK_EQUAL(state.subscriptions(), 2u);
}

CAF_TEST(subscribing again is acknowledged again and joins nothing) {
  enter("orders");
  subscribe("orders");
  CAF_CHECK_EQUAL(
      only<send_message>().json,
      R"({"event":"pusher_internal:subscription_succeeded","channel":"orders","data":"{}"})");
  CAF_CHECK_EQUAL(state.subscriptions(), 1u);
}

CAF_TEST(subscribing again while the answer is due waits for that answer) {
  subscribe("orders");
  subscribe("orders");
  CAF_CHECK(effects.empty());
  CAF_CHECK_EQUAL(state.pending_joins(), 1u);
}

CAF_TEST(a member who subscribes again keeps the first identity) {
  enter("presence-room.1", ada);
  subscribe_signed("presence-room.1", R"({"user_id":"7"})");
  auto& join = only<join_channel>();
  CAF_CHECK(join.repeated);
  CAF_CHECK_EQUAL(join.who->user_id, "42");
}

CAF_TEST(unsubscribing leaves and an unknown channel is ignored) {
  enter("orders");
  state.set_position(names.find("orders"), 17);
  say({{"event", "pusher:unsubscribe"}, {"data", {{"channel", "orders"}}}});
  auto& leave = only<leave_channel>();
  CAF_CHECK(leave.active);
  CAF_CHECK_EQUAL(leave.position, 17u);
  effects.clear();
  say({{"event", "pusher:unsubscribe"}, {"data", {{"channel", "orders"}}}});
  CAF_CHECK(effects.empty());
}

CAF_TEST(an answer to a subscription that was taken back is ignored) {
  subscribe("orders");
  auto first = only<join_channel>();
  say({{"event", "pusher:unsubscribe"}, {"data", {{"channel", "orders"}}}});
  CAF_CHECK(!only<leave_channel>().active);
  subscribe("orders");
  auto second = only<join_channel>();
  CAF_CHECK_NOT_EQUAL(first.serial, second.serial);
  CAF_CHECK(!state.confirm(first.channel, first.serial));
  CAF_CHECK(state.confirm(second.channel, second.serial));
  CAF_CHECK(state.active(second.channel, second.serial));
  CAF_CHECK_EQUAL(state.pending_joins(), 0u);
}

CAF_TEST(the refusal of a channel reaches the client and frees the name) {
  subscribe_signed("presence-room.1", ada);
  auto join = only<join_channel>();
  effects.clear();
  state.refuse(join.channel, join.serial, "LimitReached", "full", 4100, effects);
  check_refused("LimitReached", 4100);
  CAF_CHECK_EQUAL(state.pending_joins(), 0u);
}

CAF_TEST(a closed socket leaves everything) {
  enter("a");
  enter("presence-b", ada);
  subscribe("c");
  effects.clear();
  state.leave_all(effects);
  CAF_CHECK_EQUAL(effects.size(), 3u);
  CAF_CHECK_EQUAL(state.subscriptions(), 0u);
}

CAF_TEST(a client event goes out with the user as the server knows him) {
  enter("presence-room.1", ada);
  say({{"event", "client-typing"},
       {"channel", "presence-room.1"},
       {"data", {{"on", true}}},
       {"user_id", "1"}});
  auto& relay = only<relay_client_event>();
  CAF_CHECK_EQUAL(relay.event, "client-typing");
  CAF_CHECK_EQUAL(relay.data_json, R"({"on":true})");
  CAF_CHECK(relay.user_id == std::optional<std::string>{"42"});
}

CAF_TEST(a client event on a private channel names nobody) {
  enter("private-chat");
  whisper("private-chat");
  CAF_CHECK(!only<relay_client_event>().user_id);
}

CAF_TEST(client events must be enabled) {
  rules.client_events = false;
  enter("private-chat");
  whisper("private-chat");
  check_error(4301);
}

CAF_TEST(client events are refused on public and encrypted channels) {
  enter("orders");
  whisper("orders");
  check_error(4301);
  enter("private-encrypted-vault");
  whisper("private-encrypted-vault");
  check_error(4301);
  whisper("private-encrypted-cache-vault");
  check_error(4301);
}

CAF_TEST(client events need a confirmed subscription) {
  whisper("private-chat");
  check_error(4009);
  subscribe_signed("private-chat");
  whisper("private-chat");
  check_error(4009);
}

CAF_TEST(client events have limits of name and data) {
  rules.event_data = 16;
  enter("private-chat");
  whisper("private-chat", "client-" + std::string(194, 'x'));
  check_error(4301);
  whisper("private-chat", "client-x", std::string(15, 'x'));
  check_error(4301);
  whisper("private-chat", "client-x", std::string(14, 'x'));
  only<relay_client_event>();
}

CAF_TEST(the eleventh client event within a second is dropped and the connection stays) {
  enter("private-chat");
  for (int i = 0; i < 10; ++i) {
    whisper("private-chat");
    only<relay_client_event>();
  }
  whisper("private-chat");
  check_error(4301);
  now += 1s;
  whisper("private-chat");
  only<relay_client_event>();
}

CAF_TEST(the name of a client event has its limit in characters and not in bytes) {
  rules.event_name = 8;
  enter("private-chat");
  whisper("private-chat", "client-äö");
  check_error(4301);
  whisper("private-chat", "client-ä");
  only<relay_client_event>();
}

CAF_TEST(no second is without the limit of client events however it begins) {
  enter("private-chat");
  now += 990ms;
  for (int i = 0; i < 10; ++i) {
    whisper("private-chat");
    only<relay_client_event>();
  }
  now += 20ms;
  whisper("private-chat");
  check_error(4301);
  now = start + 1990ms;
  whisper("private-chat");
  only<relay_client_event>();
}

CAF_TEST(unknown events are ignored) {
  say({{"event", "pusher:whatever"}, {"data", 1}});
  CAF_CHECK(effects.empty());
  say({{"event", "chat"}, {"channel", "x"}});
  CAF_CHECK(effects.empty());
}

CAF_TEST(malformed messages are complained about and too many of them end the connection) {
  for (int i = 0; i < 10; ++i) {
    say_text("{");
    CAF_CHECK_EQUAL(sent().at("event"), "pusher:error");
    CAF_CHECK(sent().at("data").at("code").is_null());
  }
  say_text("[]");
  CAF_CHECK_EQUAL(only<close_connection>().code, 1003);
}

CAF_TEST(no ten seconds are without the limit of malformed messages however they begin) {
  now += 9s;
  for (int i = 0; i < 10; ++i) {
    say_text("{");
    only<send_message>();
  }
  now += 2s;
  say_text("{");
  CAF_CHECK_EQUAL(only<close_connection>().code, 1003);
}

CAF_TEST(malformed messages are forgiven after ten seconds) {
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 10; ++i) {
      say_text("nonsense");
      only<send_message>();
    }
    now += 10s;
  }
}

CAF_TEST(a silent client is pinged in both ways and closed when it stays silent) {
  state.on_tick(start + 120s, effects);
  CAF_CHECK(effects.empty());
  auto due = state.deadline();
  CAF_CHECK(due >= start + 120s);
  state.on_tick(due, effects);
  CAF_REQUIRE_EQUAL(effects.size(), 2u);
  CAF_CHECK(std::holds_alternative<send_ping>(effects[0]));
  CAF_CHECK_EQUAL(sent(1).at("event"), "pusher:ping");
  effects.clear();
  CAF_CHECK(state.deadline() == due + 30s);
  state.on_tick(due + 30s, effects);
  CAF_CHECK_EQUAL(only<close_connection>().code, 4201);
}

CAF_TEST(any sign of life starts the time anew) {
  auto due = state.deadline();
  state.on_tick(due, effects);
  effects.clear();
  state.on_activity(due + 29s);
  state.on_tick(due + 30s, effects);
  CAF_CHECK(effects.empty());
  CAF_CHECK(state.deadline() > due + 120s);
}

CAF_TEST(signing in is refused with a frame and the connection stays) {
  say({{"event", "pusher:signin"}, {"data", {{"auth", "a"}, {"user_data", "{}"}}}});
  CAF_CHECK_EQUAL(sent().at("event"), "pusher:error");
}

CAF_TEST_FIXTURE_SCOPE_END()
