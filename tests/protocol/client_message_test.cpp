#define CAF_SUITE protocol.client_message

#include "protocol/client_message.hpp"

#include <nlohmann/json.hpp>
#include <rapidcheck.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "caf/test/dsl.hpp"

using namespace grapevine::protocol;

namespace {

constexpr std::size_t depth_max = 8;

client_message decode(std::string_view text) {
  return decode_client_message(text, depth_max);
}

template <class Message>
bool decodes_to(std::string_view text) {
  return std::holds_alternative<Message>(decode(text));
}

/// Fails the test when `text` is something else.
template <class Message>
Message decode_as(std::string_view text) {
  auto message = decode(text);
  CAF_REQUIRE(std::holds_alternative<Message>(message));
  return std::get<Message>(std::move(message));
}

std::optional<presence_member> decode_one(std::string_view channel_data) {
  return decode_member(channel_data, depth_max);
}

}  // namespace

CAF_TEST(pings and pongs need no data and take any) {
  CAF_CHECK(decodes_to<ping_message>(R"({"event":"pusher:ping","data":{}})"));
  CAF_CHECK(decodes_to<ping_message>(R"({"event":"pusher:ping"})"));
  CAF_CHECK(decodes_to<ping_message>(R"({"event":"pusher:ping","data":"no json"})"));
  CAF_CHECK(decodes_to<pong_message>(R"({"event":"pusher:pong","data":{}})"));
  CAF_CHECK(decodes_to<pong_message>(R"({"event":"pusher:pong","data":null})"));
}

CAF_TEST(a presence subscription keeps channel_data as the string that was signed) {
  const auto message = decode_as<subscribe_message>(
      R"({"event":"pusher:subscribe","data":{"channel":"presence-room.1","auth":"key:00ff",)"
      R"("channel_data":"{\"user_id\":\"42\", \"user_info\":{\"path\":\"a\\/b\"}}"}})");
  CAF_CHECK_EQUAL(message.channel, "presence-room.1");
  CAF_CHECK_EQUAL(message.auth, "key:00ff");
  CAF_REQUIRE(message.channel_data.has_value());
  CAF_CHECK_EQUAL(*message.channel_data, R"({"user_id":"42", "user_info":{"path":"a\/b"}})");
}

CAF_TEST(a public subscription may leave auth and channel_data out or empty or null) {
  for (const auto* text : {
           R"({"event":"pusher:subscribe","data":{"channel":"news"}})",
           R"({"event":"pusher:subscribe","data":{"channel":"news","auth":""}})",
           R"({"event":"pusher:subscribe","data":{"channel":"news","auth":null,)"
           R"("channel_data":null}})",
       }) {
    const auto message = decode_as<subscribe_message>(text);
    CAF_CHECK_EQUAL(message.channel, "news");
    CAF_CHECK_EQUAL(message.auth, "");
    CAF_CHECK(!message.channel_data.has_value());
  }
}

CAF_TEST(an empty channel_data is not the same as none) {
  const auto message = decode_as<subscribe_message>(
      R"({"event":"pusher:subscribe","data":{"channel":"news","channel_data":""}})");
  CAF_CHECK(message.channel_data.has_value());
}

CAF_TEST(data may be a string that holds the object) {
  const auto subscribe = decode_as<subscribe_message>(
      R"({"event":"pusher:subscribe","data":"{\"channel\":\"news\",\"auth\":\"k:s\"}"})");
  CAF_CHECK_EQUAL(subscribe.channel, "news");
  CAF_CHECK_EQUAL(subscribe.auth, "k:s");
  const auto unsubscribe = decode_as<unsubscribe_message>(
      R"({"event":"pusher:unsubscribe","data":"{\"channel\":\"news\"}"})");
  CAF_CHECK_EQUAL(unsubscribe.channel, "news");
}

CAF_TEST(an unsubscribe names its channel) {
  const auto message =
      decode_as<unsubscribe_message>(R"({"event":"pusher:unsubscribe","data":{"channel":"a;b"}})");
  CAF_CHECK_EQUAL(message.channel, "a;b");
}

CAF_TEST(a sign in keeps user_data as the string that was signed) {
  const auto message = decode_as<signin_message>(
      R"({"event":"pusher:signin","data":{"auth":"k:s","user_data":"{\"id\":\"42\"}"}})");
  CAF_CHECK_EQUAL(message.auth, "k:s");
  CAF_CHECK_EQUAL(message.user_data, R"({"id":"42"})");
}

CAF_TEST(known events whose fields have a wrong type are malformed) {
  for (const auto* text : {
           R"({"event":"pusher:subscribe"})",
           R"({"event":"pusher:subscribe","data":null})",
           R"({"event":"pusher:subscribe","data":[]})",
           R"({"event":"pusher:subscribe","data":"news"})",
           R"({"event":"pusher:subscribe","data":"[\"news\"]"})",
           R"({"event":"pusher:subscribe","data":{}})",
           R"({"event":"pusher:subscribe","data":{"channel":7}})",
           R"({"event":"pusher:subscribe","data":{"channel":null}})",
           R"({"event":"pusher:subscribe","data":{"channel":"a","auth":7}})",
           R"({"event":"pusher:subscribe","data":{"channel":"a","channel_data":{"user_id":1}}})",
           R"({"event":"pusher:unsubscribe","data":{"channel":["a"]}})",
           R"({"event":"pusher:unsubscribe"})",
           R"({"event":"pusher:signin","data":{"auth":"k:s"}})",
           R"({"event":"pusher:signin","data":{"auth":"k:s","user_data":{"id":"42"}}})",
           R"({"event":"pusher:signin","data":{"auth":null,"user_data":"{}"}})",
           R"({"event":"client-a"})",
           R"({"event":"client-a","channel":5,"data":{}})",
       })
    CAF_CHECK(decodes_to<malformed_message>(text));
}

CAF_TEST(what is no object with a string event is malformed and says why) {
  for (const auto* text : {"", "hello", "{", "null", "7", "\"pusher:ping\"", R"(["pusher:ping"])",
                           "{}", R"({"event":7})", R"({"event":null})", R"({"event":"a"}x)"})
    CAF_CHECK(!decode_as<malformed_message>(text).reason.empty());
}

CAF_TEST(what is nested deeper than the limit is malformed outside and inside of strings) {
  const auto nested = [](std::size_t levels) {
    return R"({"event":"client-a","channel":"private-a","data":)" + std::string(levels, '[')
           + std::string(levels, ']') + '}';
  };
  CAF_CHECK(decodes_to<client_event_message>(nested(depth_max - 1)));
  CAF_CHECK(decodes_to<malformed_message>(nested(depth_max)));
  CAF_CHECK(decodes_to<malformed_message>(nested(100'000)));
  const auto inside = R"({"event":"pusher:subscribe","data":"{\"channel\":\"a\",\"x\":)"
                      + std::string(depth_max, '[') + std::string(depth_max, ']') + R"(}"})";
  CAF_CHECK(decodes_to<malformed_message>(inside));
}

CAF_TEST(a client event keeps its data as it came and loses its user_id) {
  const auto message = decode_as<client_event_message>(
      R"({"event":"client-typing","channel":"private-chat.1","data":{"z":1.50,"a":[true,null]},)"
      R"("user_id":"7"})");
  CAF_CHECK_EQUAL(message.event, "client-typing");
  CAF_CHECK_EQUAL(message.channel, "private-chat.1");
  CAF_CHECK_EQUAL(message.data, R"({"z":1.50,"a":[true,null]})");
}

CAF_TEST(data of a client event may have any type) {
  for (const auto* data : {"{}", "[]", "\"text \\\"quoted\\\"\"", "17", "-0.5e3", "true", "null"}) {
    const auto text =
        R"({"event":"client-a","channel":"private-a","data":)" + std::string{data} + '}';
    CAF_CHECK_EQUAL(decode_as<client_event_message>(text).data, data);
  }
  CAF_CHECK_EQUAL(decode_as<client_event_message>(R"({"event":"client-","channel":"c"})").data,
                  "null");
}

CAF_TEST(other events are unknown and carry their name) {
  for (const auto* event : {"pusher:hello", "pusher:subscribed", "client_a", "Client-a", "",
                            "pusher_internal:member_added", "subscribe"}) {
    const auto text = nlohmann::json{{"event", event}, {"data", {{"channel", 7}}}}.dump();
    CAF_CHECK_EQUAL(decode_as<unknown_message>(text).event, event);
  }
}

CAF_TEST(arbitrary bytes never decode to anything but a refusal) {
  CAF_CHECK(rc::check("bytes that are no JSON object are malformed", [](const std::string& bytes) {
    const auto parsed = nlohmann::json::parse(bytes, nullptr, false);
    RC_PRE(!parsed.is_object());
    RC_ASSERT(decodes_to<malformed_message>(bytes));
  }));
}

CAF_TEST(a member has an id and its info as JSON text) {
  const auto found = decode_one(R"({"user_id":"42","user_info":{"name":"Ada","age":36}})");
  CAF_REQUIRE(found.has_value());
  CAF_CHECK_EQUAL(found->user_id, "42");
  CAF_CHECK_EQUAL(found->user_info, R"({"name":"Ada","age":36})");
}

CAF_TEST(a member without info has none) {
  CAF_CHECK((decode_one(R"({"user_id":"a b"})") == presence_member{"a b", ""}));
  CAF_CHECK((decode_one(R"({"user_id":"a","user_info":null})") == presence_member{"a", ""}));
  CAF_CHECK((decode_one(R"({"user_id":"a","user_info":"x"})") == presence_member{"a", R"("x")"}));
}

CAF_TEST(integer ids become their decimal text) {
  CAF_CHECK((decode_one(R"({"user_id":10,"user_info":{}})") == presence_member{"10", "{}"}));
  CAF_CHECK((decode_one(R"({"user_id":-3})") == presence_member{"-3", ""}));
  CAF_CHECK((decode_one(R"({"user_id":18446744073709551615})")
             == presence_member{"18446744073709551615", ""}));
}

CAF_TEST(other numbers become one text each however they are written) {
  for (const auto* text :
       {R"({"user_id":42.0})", R"({"user_id":4.2e1})", R"({"user_id":42})", R"({"user_id":"42"})"})
    CAF_CHECK((decode_one(text) == presence_member{"42", ""}));
  CAF_CHECK((decode_one(R"({"user_id":1.50})") == presence_member{"1.5", ""}));
  CAF_CHECK((decode_one(R"({"user_id":-0.0})") == presence_member{"0", ""}));
  CAF_CHECK((decode_one(R"({"user_id":123456789012345678901})")
             == presence_member{"123456789012345678901", ""}));
}

CAF_TEST(ids of any other type and things that are no object give no member) {
  for (const auto* text :
       {R"({"user_id":true})", R"({"user_id":null})", R"({"user_id":{}})", R"({"user_id":1e999})",
        R"({"user_id":""})", R"({"user_id":["a"]})", R"({"user_info":{}})", R"("42")", "[]", "",
        "{", R"({"user_id":"a","user_info":[[[[[[[[]]]]]]]]})"})
    CAF_CHECK(!decode_one(text).has_value());
}
