#define CAF_SUITE protocol.json_string

#include "protocol/json_string.hpp"

#include <nlohmann/json.hpp>
#include <rapidcheck.h>

#include <string>
#include <string_view>

#include "caf/test/dsl.hpp"

using namespace grapevine::protocol;
using namespace std::literals;

namespace {

std::string in_quotes(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

}  // namespace

CAF_TEST(plain text and characters beyond ASCII stay as they are) {
  CAF_CHECK_EQUAL(in_quotes(""), R"("")");
  CAF_CHECK_EQUAL(in_quotes("orders/7 \x7F"), "\"orders/7 \x7F\"");
  CAF_CHECK_EQUAL(in_quotes("\u00e9\u2028\U0001F600"), "\"\u00e9\u2028\U0001F600\"");
}

CAF_TEST(quotes backslashes and control characters are escaped) {
  CAF_CHECK_EQUAL(in_quotes(R"({"a":"\\"})"), R"("{\"a\":\"\\\\\"}")");
  CAF_CHECK_EQUAL(in_quotes("\b\t\n\f\r"), R"("\b\t\n\f\r")");
  CAF_CHECK_EQUAL(in_quotes("\0\x01\x0B\x1F"sv), R"("\u0000\u0001\u000b\u001f")");
}

CAF_TEST(text is appended behind what is there) {
  std::string out = "x:";
  append_json_string(out, "y");
  CAF_CHECK_EQUAL(out, R"(x:"y")");
}

CAF_TEST(parsing the string gives back the text) {
  CAF_CHECK(rc::check("a parser reads what was written", [] {
    const auto text =
        *rc::gen::container<std::string>(rc::gen::inRange<char>(0, 127)) + "\u20ac"
        + *rc::gen::container<std::string>(rc::gen::element('"', '\\', '\n', '\0', 'a', 'u'));
    const auto parsed = nlohmann::json::parse(in_quotes(text), nullptr, false);
    RC_ASSERT(parsed.is_string());
    RC_ASSERT(parsed.get<std::string>() == text);
  }));
}
