#define CAF_SUITE protocol.json

#include "protocol/json.hpp"

#include "caf/test/dsl.hpp"

using grapevine::protocol::parse_json;
using namespace std::string_view_literals;

namespace {

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

}  // namespace

CAF_TEST(whole texts are parsed) {
  for (auto text : {"{}", " [1,2] \n", "\"x\"", "42", "null", "{\"a\":{\"b\":[true]}}"})
    CAF_CHECK(parse_json(text, 3).has_value());
}

CAF_TEST(what is no JSON text is refused) {
  for (auto text : {""sv, "{"sv, "{}x"sv, "{} {}"sv, "{'a':1}"sv, "[1,]"sv, "// c\n1"sv, "NaN"sv,
                    "]["sv, "\"open"sv, "\"open\\"sv, "{}\0x"sv, "{}\0"sv, "\"a\nb\""sv, "1e999"sv})
    CAF_CHECK(!parse_json(text, 8));
}

CAF_TEST(bytes that are not UTF8 are refused) {
  for (auto text :
       {"\"\xff\""sv, "\"\xc3\""sv, "\"\xed\xa0\x80\""sv, "\"\xc0\xaf\""sv, "\"\\ud800\""sv})
    CAF_CHECK(!parse_json(text, 8));
}

CAF_TEST(nesting is refused beyond the bound and not before) {
  CAF_CHECK(parse_json("7", 0).has_value());
  CAF_CHECK(!parse_json("[]", 0));
  CAF_CHECK(parse_json(nested(32), 32).has_value());
  CAF_CHECK(!parse_json(nested(33), 32));
  CAF_CHECK(!parse_json(std::string(1'000'000, '['), 32));
  CAF_CHECK(parse_json(R"([[1],[2],{"a":[3]}])", 3).has_value());
}

CAF_TEST(brackets and escaped quotes in strings do not count as nesting) {
  CAF_CHECK(parse_json(R"({"[[[[":"{{{{","a\"[[":"\\"})", 1).has_value());
}

CAF_TEST(the last of two values of one key counts) {
  CAF_CHECK((*parse_json(R"({"a":1,"a":{"b":2}})", 2) == nlohmann::json{{"a", {{"b", 2}}}}));
}
