#define CAF_SUITE base.json_text

#include "base/json_text.hpp"

#include "caf/test/dsl.hpp"

#include <nlohmann/json.hpp>
#include <rapidcheck.h>

using namespace grapevine::base;
using nlohmann::json;

CAF_TEST(a value is written without spaces) {
  CAF_CHECK_EQUAL(json_text(json{{"b", {1, true, nullptr}}, {"a", "c d"}}),
                  R"({"a":"c d","b":[1,true,null]})");
  CAF_CHECK_EQUAL(json_text(nlohmann::ordered_json{{"b", 1}, {"a", 2}}), R"({"b":1,"a":2})");
}

CAF_TEST(a text is quoted and escaped) {
  CAF_CHECK_EQUAL(json_quoted("a\"b\\c\n\x01"), R"("a\"b\\c\n\u0001")");
  CAF_CHECK_EQUAL(json_quoted("gr\xc3\xbc\xc3\x9f"), "\"gr\xc3\xbc\xc3\x9f\"");
}

CAF_TEST(bytes that are no text become the replacement character) {
  CAF_CHECK_EQUAL(json_quoted("a\xff"), "\"a\xef\xbf\xbd\"");
  CAF_CHECK_EQUAL(json_text(json{{"k", "\xc3"}}), "{\"k\":\"\xef\xbf\xbd\"}");
}

CAF_TEST(whatever is quoted can be parsed) {
  CAF_CHECK(rc::check([](const std::string& bytes) {
    RC_ASSERT(json::parse(json_quoted(bytes), nullptr, false).is_string());
  }));
}
