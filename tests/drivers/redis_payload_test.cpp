#define CAF_SUITE drivers.redis_payload

#include "drivers/redis_payload.hpp"

#include <string>
#include <utility>
#include <vector>

#include "caf/test/dsl.hpp"

#include <rapidcheck.h>

using namespace grapevine::drivers;

namespace {

incoming_event decoded(std::string_view payload, redis_payload_limits limits = {}) {
  auto read = decode_redis_payload("orders", payload, limits);
  if (const auto* wrong = std::get_if<not_an_event>(&read))
    CAF_FAIL(wrong->why);
  return std::get<incoming_event>(std::move(read));
}

std::string fault(std::string_view payload, redis_payload_limits limits = {}) {
  auto read = decode_redis_payload("orders", payload, limits);
  const auto* wrong = std::get_if<not_an_event>(&read);
  return wrong ? std::string{wrong->why} : "";
}

}  // namespace

CAF_TEST(what Laravel publishes is read with its own bytes of data) {
  const auto event = decoded(
      R"({"event":"App\\Events\\OrderShipped","data":{"id":7, "price":1.50,"socket":null},"socket":"12.34"})");
  CAF_CHECK_EQUAL(event.channel, "orders");
  CAF_CHECK_EQUAL(event.event, "App\\Events\\OrderShipped");
  CAF_CHECK_EQUAL(event.data, R"({"id":7, "price":1.50,"socket":null})");
  CAF_CHECK_EQUAL(event.except, "12.34");
  CAF_CHECK_EQUAL(event.origin, "");
  CAF_CHECK(event.by == arrival::each);
}

CAF_TEST(absent data is null and a string is that string) {
  CAF_CHECK_EQUAL(decoded(R"({"event":"e"})").data, "null");
  CAF_CHECK_EQUAL(decoded(R"({"event":"e","data":null})").data, "null");
  CAF_CHECK_EQUAL(decoded(R"({"event":"e","data":"a\nb"})").data, "a\nb");
  CAF_CHECK_EQUAL(decoded(R"({"event":"e","data":12345678901234567890123})").data,
                  "12345678901234567890123");
}

CAF_TEST(a socket that is none excludes nobody) {
  CAF_CHECK_EQUAL(decoded(R"({"event":"e","socket":null})").except, "");
  CAF_CHECK_EQUAL(decoded(R"({"event":"e","socket":"undefined"})").except, "");
}

CAF_TEST(other messages are refused with a reason) {
  CAF_CHECK_EQUAL(fault("hello"), "it is not a JSON object");
  CAF_CHECK_EQUAL(fault(""), "it is not a JSON object");
  CAF_CHECK_EQUAL(fault("[1]"), "it is not a JSON object");
  CAF_CHECK_EQUAL(fault(R"({"event":"e"} x)"), "it is not a JSON object");
  CAF_CHECK_EQUAL(fault("{\"event\":\"\xff\"}"), "it is not a JSON object");
  CAF_CHECK_EQUAL(fault(R"({"data":1})"), "its event is not a name");
  CAF_CHECK_EQUAL(fault(R"({"event":""})"), "its event is not a name");
  CAF_CHECK_EQUAL(fault(R"({"event":7})"), "its event is not a name");
  CAF_CHECK_EQUAL(fault(R"({"event":"e","socket":5})"), "its socket is neither text nor null");
}

CAF_TEST(data above the limit is refused and at the limit taken) {
  const redis_payload_limits limits{.data_bytes_max = 10};
  CAF_CHECK_EQUAL(decoded(R"({"event":"e","data":"0123456789"})", limits).data, "0123456789");
  CAF_CHECK_EQUAL(fault(R"({"event":"e","data":"0123456789x"})", limits), "its data is too large");
  CAF_CHECK_EQUAL(fault(std::string(100'000, 'x'), limits), "it is too large");
}

CAF_TEST(nesting is bounded before anything is built) {
  CAF_CHECK_EQUAL(fault(R"({"event":"e","data":)" + std::string(100'000, '[') + "}"),
                  "it is not a JSON object");
}

CAF_TEST(what is encoded has data as a value when it is JSON and as text otherwise) {
  CAF_CHECK_EQUAL(encode_redis_payload({{"a"}, "E\\F", R"({"b":1.0})", ""}, "n1"),
                  R"({"event":"E\\F","data":{"b":1.0},"socket":null,"origin":"n1"})");
  CAF_CHECK_EQUAL(encode_redis_payload({{"a"}, "e", "plain text", "1.2"}, "n1"),
                  R"({"event":"e","data":"plain text","socket":"1.2","origin":"n1"})");
}

CAF_TEST(what was encoded is decoded to the same event) {
  const bool held = rc::check([](const std::string& data, bool as_json) {
    const auto text = as_json ? "[" + std::to_string(data.size()) + "]" : "~" + data;
    const auto event = outgoing_event{{"orders"}, "e", text, "1.2"};
    auto read = decode_redis_payload("orders", encode_redis_payload(event, "n1"), {});
    RC_ASSERT(std::holds_alternative<incoming_event>(read));
    const auto& got = std::get<incoming_event>(read);
    RC_ASSERT(got.except == "1.2");
    RC_ASSERT(got.origin == "n1");
    // Bytes that are no UTF-8 cannot travel in JSON.
    if (text.find_first_of("\x80\xff") == std::string::npos
        && std::all_of(text.begin(), text.end(), [](char c) { return c >= 0; }))
      RC_ASSERT(got.data == text);
  });
  CAF_CHECK(held);
}

CAF_TEST(an entry of a stream is read from its fields) {
  auto read = decode_redis_entry(
      {{"channel", "private-a"}, {"event", "e"}, {"data", R"({"a":1})"}, {"socket", "1.2"}}, {});
  const auto& event = std::get<incoming_event>(read);
  CAF_CHECK_EQUAL(event.channel, "private-a");
  CAF_CHECK_EQUAL(event.data, R"({"a":1})");
  CAF_CHECK_EQUAL(event.except, "1.2");
  CAF_CHECK(event.by == arrival::one);
  CAF_CHECK_EQUAL(
      std::get<incoming_event>(decode_redis_entry({{"channel", "a"}, {"event", "e"}}, {})).data,
      "null");
}

CAF_TEST(an entry without channel or event or with broken text is refused) {
  auto why = [](std::vector<std::pair<std::string_view, std::string_view>> fields) {
    return std::get<not_an_event>(decode_redis_entry(fields, {})).why;
  };
  CAF_CHECK_EQUAL(why({{"event", "e"}}), "it names no channel");
  CAF_CHECK_EQUAL(why({{"channel", "a"}}), "it names no event");
  CAF_CHECK_EQUAL(why({{"channel", "a"}, {"event", "e"}, {"data", "\xff"}}), "it is not UTF-8");
}

CAF_TEST(a prefix stands for itself in a pattern) {
  CAF_CHECK_EQUAL(redis_prefix_pattern(""), "*");
  CAF_CHECK_EQUAL(redis_prefix_pattern("laravel_database_"), "laravel_database_*");
  CAF_CHECK_EQUAL(redis_prefix_pattern("a*b?c[d]\\"), R"(a\*b\?c\[d\]\\*)");
}
