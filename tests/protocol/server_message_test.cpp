#define CAF_SUITE protocol.server_message

#include "protocol/server_message.hpp"

#include <nlohmann/json.hpp>
#include <rapidcheck.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "caf/test/dsl.hpp"

using namespace grapevine::protocol;
using namespace std::literals;

namespace {

using nlohmann::json;

/// Text in which every kind of character occurs that matters to JSON.
rc::Gen<std::string> any_text() {
  const auto character =
      rc::gen::element<std::string>("\"", "\\", "\n", "\x01", "\x1f", "/", "a", "7", " ", "\u00e9",
                                    "\u2028", "\U0001F600", "{", std::string(1, '\0'));
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(character),
                      [](const std::vector<std::string>& characters) {
                        std::string text;
                        for (const auto& c : characters)
                          text += c;
                        return text;
                      });
}

json parsed(std::string_view text) {
  return json::parse(text, nullptr, false);
}

/// The JSON that a message carries in its `data` string.
json parsed_data(std::string_view text) {
  return parsed(parsed(text).value("data", ""));
}

}  // namespace

CAF_TEST(connection_established carries socket id and activity timeout in a string) {
  CAF_CHECK_EQUAL(server_message::connection_established({4242, 777}, 120s),
                  R"({"event":"pusher:connection_established",)"
                  R"("data":"{\"socket_id\":\"4242.777\",\"activity_timeout\":120}"})");
}

CAF_TEST(pings and pongs carry an empty object in a string) {
  CAF_CHECK_EQUAL(server_message::ping(), R"({"event":"pusher:ping","data":"{}"})");
  CAF_CHECK_EQUAL(server_message::pong(), R"({"event":"pusher:pong","data":"{}"})");
}

CAF_TEST(an error carries its code or null in an object) {
  CAF_CHECK_EQUAL(server_message::error(4301, "too \"fast\""),
                  R"({"event":"pusher:error","data":{"code":4301,"message":"too \"fast\""}})");
  CAF_CHECK_EQUAL(server_message::error(std::nullopt, "Existing subscription"),
                  R"({"event":"pusher:error","data":{"code":null,)"
                  R"("message":"Existing subscription"}})");
}

CAF_TEST(a plain subscription succeeds with an empty object) {
  CAF_CHECK_EQUAL(server_message::subscription_succeeded("private-orders.7"),
                  R"({"event":"pusher_internal:subscription_succeeded",)"
                  R"("channel":"private-orders.7","data":"{}"})");
}

CAF_TEST(a presence subscription succeeds with the roster) {
  const std::vector<presence_member> members{{"42", R"({"name":"Ada"})"},
                                             {"7", R"({"name":"Bob"})"}};
  CAF_CHECK_EQUAL(server_message::presence_subscription_succeeded(
                      "presence-room.1", server_message::presence_data(members)),
                  R"({"event":"pusher_internal:subscription_succeeded",)"
                  R"("channel":"presence-room.1",)"
                  R"("data":"{\"presence\":{\"count\":2,\"ids\":[\"42\",\"7\"],)"
                  R"(\"hash\":{\"42\":{\"name\":\"Ada\"},\"7\":{\"name\":\"Bob\"}}}}"})");
}

CAF_TEST(a refused subscription carries type error and status in an object) {
  CAF_CHECK_EQUAL(server_message::subscription_error("private-orders.7", "AuthError",
                                                     "The connection is unauthorized.", 401),
                  R"({"event":"pusher:subscription_error","channel":"private-orders.7",)"
                  R"("data":{"type":"AuthError","error":"The connection is unauthorized.",)"
                  R"("status":401}})");
}

CAF_TEST(an event carries its data in a string) {
  CAF_CHECK_EQUAL(server_message::event("private-orders.7", "OrderShipped", R"({"id":7})"),
                  R"({"event":"OrderShipped","channel":"private-orders.7","data":"{\"id\":7}"})");
  CAF_CHECK_EQUAL(server_message::event("a", R"(App\Events\X)", ""),
                  R"({"event":"App\\Events\\X","channel":"a","data":""})");
}

CAF_TEST(a client event keeps the type of its data and names the sender only when told to) {
  CAF_CHECK_EQUAL(
      server_message::client_event("presence-room.1", "client-typing", R"({"on":true})", "42"),
      R"({"event":"client-typing","channel":"presence-room.1","data":{"on":true},)"
      R"("user_id":"42"})");
  CAF_CHECK_EQUAL(
      server_message::client_event("private-chat.1", "client-a", R"("text")", std::nullopt),
      R"({"event":"client-a","channel":"private-chat.1","data":"text"})");
}

CAF_TEST(a cache miss carries an empty object in a string) {
  CAF_CHECK_EQUAL(server_message::cache_miss("cache-prices"),
                  R"({"event":"pusher:cache_miss","channel":"cache-prices","data":"{}"})");
}

CAF_TEST(members come with their info and go without) {
  CAF_CHECK_EQUAL(server_message::member_added("presence-room.1", {"42", R"({"name":"Ada"})"}),
                  R"({"event":"pusher_internal:member_added","channel":"presence-room.1",)"
                  R"("data":"{\"user_id\":\"42\",\"user_info\":{\"name\":\"Ada\"}}"})");
  CAF_CHECK_EQUAL(server_message::member_added("presence-room.1", {"42", ""}),
                  R"({"event":"pusher_internal:member_added","channel":"presence-room.1",)"
                  R"("data":"{\"user_id\":\"42\",\"user_info\":{}}"})");
  CAF_CHECK_EQUAL(server_message::member_removed("presence-room.1", "42"),
                  R"({"event":"pusher_internal:member_removed","channel":"presence-room.1",)"
                  R"("data":"{\"user_id\":\"42\"}"})");
}

CAF_TEST(a subscription count is a number inside a string) {
  CAF_CHECK_EQUAL(server_message::subscription_count("news", 17),
                  R"({"event":"pusher_internal:subscription_count","channel":"news",)"
                  R"("data":"{\"subscription_count\":17}"})");
}

CAF_TEST(an empty roster still has an object for its hash) {
  CAF_CHECK_EQUAL(server_message::presence_data({}),
                  R"({"presence":{"count":0,"ids":[],"hash":{}}})");
}

CAF_TEST(a roster keeps its order and gives members without info an empty object) {
  const std::vector<presence_member> members{{"1", ""}, {"0", R"("x")"}, {"say \"hi\"", "[1]"}};
  CAF_CHECK_EQUAL(server_message::presence_data(members),
                  R"({"presence":{"count":3,"ids":["1","0","say \"hi\""],)"
                  R"("hash":{"1":{},"0":"x","say \"hi\"":[1]}}})");
}

CAF_TEST(a client reads back what an event was made of) {
  CAF_CHECK(rc::check("event survives", [] {
    const auto channel = *any_text();
    const auto event = *any_text();
    const auto data = *any_text();
    const json expected{{"event", event}, {"channel", channel}, {"data", data}};
    RC_ASSERT(parsed(server_message::event(channel, event, data)) == expected);
    const json with_sender{
        {"event", event}, {"channel", channel}, {"data", {{"k", data}}}, {"user_id", data}};
    RC_ASSERT(parsed(server_message::client_event(channel, event, json{{"k", data}}.dump(), data))
              == with_sender);
  }));
}

CAF_TEST(a client reads back what errors were made of) {
  CAF_CHECK(rc::check("errors survive", [](int code) {
    const auto channel = *any_text();
    const auto text = *any_text();
    const json error{{"event", "pusher:error"}, {"data", {{"code", code}, {"message", text}}}};
    RC_ASSERT(parsed(server_message::error(code, text)) == error);
    const json refusal{{"event", "pusher:subscription_error"},
                       {"channel", channel},
                       {"data", {{"type", text}, {"error", text}, {"status", code}}}};
    RC_ASSERT(parsed(server_message::subscription_error(channel, text, text, code)) == refusal);
  }));
}

CAF_TEST(a client reads back what members were made of) {
  CAF_CHECK(rc::check("members survive the double encoding", [] {
    const auto channel = *any_text();
    const auto info = json{{"name", *any_text()}};
    const presence_member one{*any_text(), info.dump()};
    const auto added = server_message::member_added(channel, one);
    RC_ASSERT(parsed(added)["channel"] == channel);
    RC_ASSERT(parsed_data(added) == json({{"user_id", one.user_id}, {"user_info", info}}));
    RC_ASSERT(parsed_data(server_message::member_removed(channel, one.user_id))
              == json({{"user_id", one.user_id}}));
    const auto roster = server_message::presence_subscription_succeeded(
        channel, server_message::presence_data({&one, 1}));
    auto ids = json::array();
    ids.push_back(one.user_id);
    RC_ASSERT(parsed_data(roster)["presence"]
              == json({{"count", 1}, {"ids", ids}, {"hash", {{one.user_id, info}}}}));
  }));
}
