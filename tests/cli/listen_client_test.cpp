#define CAF_SUITE cli.listen_client

#include "cli/listen_client.hpp"

#include "protocol/signature.hpp"

#include <nlohmann/json.hpp>

#include "caf/test/dsl.hpp"

using namespace grapevine;
using namespace grapevine::cli;
using namespace std::chrono_literals;

namespace {

using codes = std::vector<std::uint16_t>;

constexpr std::string_view greeting =
    R"({"event":"pusher:connection_established","data":"{\"socket_id\":\"4242.777\",\"activity_timeout\":30}"})";

struct fixture {
  listen_client::time_point now{};
  listen_options options{"gv-demo-key", "gv-demo-secret", {"orders"}, std::nullopt, std::nullopt};
  std::optional<listen_client> client;

  listen_client& make() {
    return client.emplace(options, 7u, now);
  }

  /// A client that has just been greeted.
  listen_client& listening() {
    make().start();
    client->on_open(now);
    client->on_text(greeting, now);
    return *client;
  }

  /// Lets time pass until the next deadline and gives what it brings.
  listen_effects pass() {
    now = client->deadline().value();
    return client->on_timer(now);
  }
};

template <class T>
const T* find(const listen_effects& effects) {
  for (const listen_effect& effect : effects) {
    if (const T* found = std::get_if<T>(&effect))
      return found;
  }
  return nullptr;
}

template <class T>
std::size_t count(const listen_effects& effects) {
  std::size_t result = 0;
  for (const listen_effect& effect : effects)
    result += std::holds_alternative<T>(effect) ? 1u : 0u;
  return result;
}

bool notes(const listen_effects& effects, std::string_view text) {
  const auto* note = find<print_note>(effects);
  return note != nullptr && note->note.find(text) != std::string::npos;
}

}  // namespace

CAF_TEST_FIXTURE_SCOPE(listen_client_tests, fixture)

CAF_TEST(close codes ask what pusher documents) {
  using enum close_action;
  CAF_CHECK(action_for(std::nullopt) == retry_later);
  for (const std::uint16_t code : codes{1000, 1001, 1006, 3999, 4100, 4199})
    CAF_CHECK(action_for(code) == retry_later);
  for (const std::uint16_t code : codes{4200, 4201, 4299})
    CAF_CHECK(action_for(code) == retry_at_once);
  for (const std::uint16_t code : codes{4000, 4001, 4009, 4099, 4300, 4999})
    CAF_CHECK(action_for(code) == give_up);
}

CAF_TEST(it connects first and subscribes only after the greeting) {
  CAF_CHECK((make().start() == listen_effects{open_connection{}}));
  CAF_CHECK(client->on_open(now).empty());
  const auto effects = client->on_text(greeting, now);
  CAF_CHECK((
      effects
      == listen_effects{print_note{"connected as socket 4242.777"},
                        send_text{R"({"event":"pusher:subscribe","data":{"channel":"orders"}})"}}));
}

CAF_TEST(a greeting whose data is an object is understood as well) {
  make().start();
  client->on_open(now);
  const auto effects = client->on_text(
      R"({"event":"pusher:connection_established","data":{"socket_id":"1.2","activity_timeout":30}})",
      now);
  CAF_CHECK(notes(effects, "1.2"));
}

CAF_TEST(private and presence channels are signed with the secret) {
  options.channels = {"private-orders.7", "presence-room.1"};
  make().start();
  client->on_open(now);
  const auto effects = client->on_text(greeting, now);
  CAF_REQUIRE_EQUAL(effects.size(), 3u);
  const auto first = nlohmann::json::parse(std::get<send_text>(effects[1]).text)["data"];
  CAF_CHECK_EQUAL(first["auth"],
                  "gv-demo-key:11230832aed97b237532fcf1f16ccc54283c396b02b4ef96a4f10c6be2062d5d");
  CAF_CHECK(!first.contains("channel_data"));
  const auto second = nlohmann::json::parse(std::get<send_text>(effects[2]).text)["data"];
  CAF_CHECK_EQUAL(second["channel_data"], R"({"user_id":"listen-4242.777"})");
  CAF_CHECK(protocol::verify_channel_auth(second["auth"].get<std::string>(), options.key,
                                          options.secret, "4242.777", "presence-room.1",
                                          R"({"user_id":"listen-4242.777"})"));
}

CAF_TEST(a greeting with a socket id of another form is not signed for) {
  options.channels = {"private-a"};
  make().start();
  client->on_open(now);
  auto effects = client->on_text(
      R"({"event":"pusher:connection_established","data":"{\"socket_id\":\"1.2:private-b\",\"activity_timeout\":30}"})",
      now);
  CAF_CHECK((effects == listen_effects{close_connection{1000}}));
  effects = client->on_closed(1000, "", now);
  CAF_REQUIRE(find<finish>(effects));
  CAF_CHECK_EQUAL(find<finish>(effects)->status, 1);
}

CAF_TEST(an event is one line and its data is as it came) {
  listening();
  CAF_CHECK((
      client->on_text(R"({"event":"E\n","channel":"orders","data":"{\"id\": 7}"})", now)
      == listen_effects{print_line{R"({"event":"E\n","channel":"orders","data":"{\"id\": 7}"})"}}));
  CAF_CHECK(
      (client->on_text(
           R"({"channel":"orders","user_id":"42","data":{"b":1,"a":2},"event":"client-x"})", now)
       == listen_effects{print_line{
           R"({"event":"client-x","channel":"orders","data":{"b":1,"a":2},"user_id":"42"})"}}));
  CAF_CHECK((client->on_text(R"({"event":"E","channel":"orders"})", now)
             == listen_effects{print_line{R"({"event":"E","channel":"orders","data":null})"}}));
}

CAF_TEST(what the protocol itself says is no event) {
  listening();
  for (const char* text :
       {R"({"event":"pusher_internal:member_added","channel":"orders","data":"{}"})",
        R"({"event":"pusher:cache_miss","channel":"orders","data":"{}"})",
        R"({"event":"pusher:pong","data":"{}"})",
        R"({"event":"pusher_internal:subscription_succeeded","channel":"orders","data":"{}"})"}) {
    CAF_MESSAGE(text);
    CAF_CHECK_EQUAL(count<print_line>(client->on_text(text, now)), 0u);
  }
}

CAF_TEST(frames that are no Pusher messages are ignored and mentioned) {
  listening();
  for (const char* text : {"", "{", "[]", "7", "{}", R"({"event":7})", R"({"event":""})"}) {
    CAF_MESSAGE(text);
    const auto effects = client->on_text(text, now);
    CAF_CHECK_EQUAL(effects.size(), 1u);
    CAF_CHECK(notes(effects, "ignored"));
  }
}

CAF_TEST(a subscription is told and a refused one ends with a failure) {
  listening();
  CAF_CHECK(notes(
      client->on_text(
          R"({"event":"pusher_internal:subscription_succeeded","channel":"orders","data":"{}"})",
          now),
      "subscribed to orders"));
  auto effects = client->on_text(
      R"({"event":"pusher:subscription_error","channel":"orders","data":{"type":"AuthError","error":"No.","status":401}})",
      now);
  CAF_CHECK((effects == listen_effects{close_connection{1000}}));
  effects = client->on_closed(1000, "", now);
  CAF_CHECK((effects == listen_effects{finish{1, "the subscription to orders was refused: No."}}));
}

CAF_TEST(a ping is answered) {
  listening();
  CAF_CHECK((client->on_text(R"({"event":"pusher:ping","data":"{}"})", now)
             == listen_effects{send_text{R"({"event":"pusher:pong","data":{}})"}}));
}

CAF_TEST(silence is answered with a ping and more silence with a new connection) {
  listening();
  CAF_CHECK((client->deadline() == now + 30s));
  CAF_CHECK((pass() == listen_effects{send_text{R"({"event":"pusher:ping","data":{}})"}}));
  CAF_CHECK((client->deadline() == now + 30s));
  const auto effects = pass();
  CAF_REQUIRE_EQUAL(effects.size(), 2u);
  CAF_CHECK(std::holds_alternative<drop_connection>(effects[0]));
  CAF_CHECK(notes(effects, "does not answer"));
  CAF_CHECK((*client->deadline() <= now + 250ms));
  CAF_CHECK((pass() == listen_effects{open_connection{}}));
}

CAF_TEST(any frame counts as activity) {
  listening();
  now += 29s;
  client->on_text(R"({"event":"E","channel":"orders","data":"1"})", now);
  CAF_CHECK((client->deadline() == now + 30s));
  pass();
  now += 1s;
  client->on_text(R"({"event":"pusher:pong","data":"{}"})", now);
  CAF_CHECK((client->deadline() == now + 30s));
  CAF_CHECK(find<send_text>(pass()));
}

CAF_TEST(an activity timeout out of bounds is brought into them) {
  for (const auto& [told, expected] :
       {std::pair{"0", 1s}, {"-5", 1s}, {"999999999999", 120s}, {"\\\"x\\\"", 120s}}) {
    make().start();
    client->on_open(now);
    client->on_text(
        R"({"event":"pusher:connection_established","data":"{\"socket_id\":\"1.2\",\"activity_timeout\":)"
            + std::string{told} + "}\"}",
        now);
    CAF_CHECK((client->deadline() == now + expected));
  }
}

CAF_TEST(a server that never greets is left) {
  make().start();
  CAF_CHECK(!client->deadline());
  client->on_open(now);
  const auto effects = pass();
  CAF_CHECK(find<drop_connection>(effects));
  CAF_CHECK(notes(effects, "no greeting"));
}

CAF_TEST(a passing close is followed by a new connection and new subscriptions) {
  listening();
  CAF_CHECK(notes(client->on_closed(4200, "", now), "4200; trying again"));
  CAF_CHECK((*client->deadline() <= now + 250ms));
  CAF_CHECK((pass() == listen_effects{open_connection{}}));
  client->on_open(now);
  CAF_CHECK_EQUAL(count<send_text>(client->on_text(greeting, now)), 1u);
  client->on_closed(4100, "over capacity", now);
  CAF_CHECK((*client->deadline() >= now + 500ms));
  CAF_CHECK((*client->deadline() <= now + 1s));
}

CAF_TEST(tries that come to nothing are further and further apart up to a bound) {
  make().start();
  auto longest = 1000ms;
  for (int i = 0; i < 12; ++i) {
    // 4200 asks for an immediate return, yet not from one who was not even greeted last time.
    client->on_closed(i % 2 == 0 ? std::nullopt : std::optional<std::uint16_t>{4200}, "refused",
                      now);
    CAF_CHECK((*client->deadline() >= now + longest / 2));
    CAF_CHECK((*client->deadline() <= now + longest));
    CAF_CHECK((pass() == listen_effects{open_connection{}}));
    longest = std::min(longest * 2, 30000ms);
  }
}

CAF_TEST(different seeds return at different times) {
  make().start();
  client->on_closed(std::nullopt, "", now);
  listen_client other{options, 99u, now};
  other.start();
  other.on_closed(std::nullopt, "", now);
  CAF_CHECK((client->deadline() != other.deadline()));
}

CAF_TEST(a close that forbids returning ends with a failure and the words of the server) {
  listening();
  CAF_CHECK((client->on_closed(4009, "go\x1b away", now)
             == listen_effects{finish{1, "closed by the server with 4009: go? away"}}));
  CAF_CHECK(!client->deadline());
}

CAF_TEST(an error frame before the greeting counts like a close) {
  make().start();
  client->on_open(now);
  CAF_CHECK(
      notes(client->on_text(
                R"({"event":"pusher:error","data":{"code":4001,"message":"No such app"}})", now),
            "error 4001: No such app"));
  CAF_CHECK((client->on_closed(std::nullopt, "end of stream", now)
             == listen_effects{finish{1, "closed by the server with 4001: No such app"}}));
}

CAF_TEST(an error frame on a working connection is told and changes nothing) {
  listening();
  CAF_CHECK(
      notes(client->on_text(
                R"({"event":"pusher:error","data":"{\"code\":4301,\"message\":\"Slow\"}"})", now),
            "error 4301: Slow"));
  CAF_CHECK(
      notes(client->on_text(R"({"event":"pusher:error","data":{"code":null,"message":"Hm"}})", now),
            "error: Hm"));
  CAF_CHECK(notes(client->on_closed(std::nullopt, "reset", now), "reset; trying again"));
}

CAF_TEST(an upgrade refused for good ends and one refused by a gateway does not) {
  make().start();
  CAF_CHECK(notes(client->on_refused(503, now), "HTTP 503"));
  pass();
  CAF_CHECK((client->on_refused(404, now)
             == listen_effects{finish{1, "the server answered HTTP 404 instead of a WebSocket"}}));
}

CAF_TEST(enough events end with success after a closing handshake) {
  options.count = 2;
  listening();
  const std::string event = R"({"event":"E","channel":"orders","data":"1"})";
  CAF_CHECK_EQUAL(client->on_text(event, now).size(), 1u);
  const auto effects = client->on_text(event, now);
  CAF_REQUIRE_EQUAL(effects.size(), 2u);
  CAF_CHECK(std::holds_alternative<print_line>(effects[0]));
  CAF_CHECK((effects[1] == listen_effect{close_connection{1000}}));
  CAF_CHECK(client->on_text(event, now).empty());
  CAF_CHECK((client->on_closed(1000, "", now) == listen_effects{finish{0, ""}}));
}

CAF_TEST(time that is up before enough events came is a failure) {
  options.count = 2;
  options.timeout = 5s;
  listening();
  client->on_text(R"({"event":"E","channel":"orders","data":"1"})", now);
  CAF_CHECK((client->deadline() == now + 5s));
  CAF_CHECK((pass() == listen_effects{close_connection{1000}}));
  CAF_CHECK((client->on_closed(1000, "", now)
             == listen_effects{finish{1, "the time is up after 1 of 2 events"}}));
}

CAF_TEST(time that is up without a count to reach is success) {
  options.timeout = 5s;
  listening();
  pass();
  CAF_CHECK((client->on_closed(1000, "", now) == listen_effects{finish{0, ""}}));
}

CAF_TEST(the time also runs while nobody can be reached) {
  options.count = 1;
  options.timeout = 100ms;
  make().start();
  CAF_CHECK((client->deadline() == now + 100ms));
  client->on_closed(std::nullopt, "refused", now);
  CAF_CHECK((client->deadline() == now + 100ms));
  CAF_CHECK((pass() == listen_effects{finish{1, "the time is up after 0 of 1 events"}}));
}

CAF_TEST(being stopped closes first and does not wait for ever) {
  listening();
  CAF_CHECK((client->on_stop(now) == listen_effects{close_connection{1000}}));
  CAF_CHECK((pass() == listen_effects{finish{0, ""}}));
}

CAF_TEST(being stopped twice ends at once) {
  listening();
  client->on_stop(now);
  CAF_CHECK((client->on_stop(now) == listen_effects{finish{0, ""}}));
  CAF_CHECK(client->on_stop(now).empty());
}

CAF_TEST(being stopped without a connection ends at once) {
  make().start();
  CAF_CHECK((client->on_stop(now) == listen_effects{finish{0, ""}}));
  CAF_CHECK(client->on_closed(std::nullopt, "", now).empty());
  CAF_CHECK(!client->deadline());
}

CAF_TEST_FIXTURE_SCOPE_END()
