#define CAF_SUITE protocol.json_member

#include "protocol/json_member.hpp"

#include <nlohmann/json.hpp>
#include <rapidcheck.h>

#include <string>
#include <string_view>
#include <vector>

#include "caf/test/dsl.hpp"

using namespace grapevine::protocol;

namespace {

using nlohmann::json;

/// A value of at most `depth` levels whose strings are full of what could mislead a scanner.
json arbitrary_json(int depth) {
  switch (*rc::gen::inRange(0, depth > 0 ? 7 : 5)) {
  case 0:
    return nullptr;
  case 1:
    return *rc::gen::arbitrary<bool>();
  case 2:
    return *rc::gen::arbitrary<int>();
  case 3:
    return *rc::gen::arbitrary<int>() / 8.0;
  case 4:
    return *rc::gen::container<std::string>(
        rc::gen::element('"', '\\', '{', '}', '[', ']', ',', ':', 'a', ' ', '\n'));
  case 5: {
    auto array = json::array();
    for (int i = *rc::gen::inRange(0, 4); i > 0; --i)
      array.push_back(arbitrary_json(depth - 1));
    return array;
  }
  default: {
    auto object = json::object();
    for (int i = *rc::gen::inRange(0, 4); i > 0; --i)
      object[*rc::gen::element<std::string>("a", "b", "a\"", "\\", "{")] =
          arbitrary_json(depth - 1);
    return object;
  }
  }
}

}  // namespace

CAF_TEST(a value is found as it was written) {
  constexpr auto object = R"( { "z" : [1, {"data":2}] , "data" : {"b": 1.50, "a":"}"} ,"n":null})";
  CAF_CHECK_EQUAL(json_member_text(object, "data"), R"({"b": 1.50, "a":"}"})");
  CAF_CHECK_EQUAL(json_member_text(object, "z"), R"([1, {"data":2}])");
  CAF_CHECK_EQUAL(json_member_text(object, "n"), "null");
}

CAF_TEST(digits that no double can hold are kept) {
  CAF_CHECK_EQUAL(json_member_text(R"({"a":123456789012345678901234567890})", "a"),
                  "123456789012345678901234567890");
}

CAF_TEST(a key that is absent or only inside another value is not found) {
  CAF_CHECK_EQUAL(json_member_text("{}", "data"), "");
  CAF_CHECK_EQUAL(json_member_text(R"({"a":{"data":1},"b":"\"data\":2"})", "data"), "");
  CAF_CHECK_EQUAL(json_member_text("[]", "data"), "");
}

CAF_TEST(of several equal keys the last one counts) {
  CAF_CHECK_EQUAL(json_member_text(R"({"a":1,"a":[2]})", "a"), "[2]");
}

CAF_TEST(a key may be written with escapes) {
  CAF_CHECK_EQUAL(json_member_text(R"({"d\u0061ta":1,"d\\ta":2})", "data"), "1");
  CAF_CHECK_EQUAL(json_member_text(R"({"d\\ta":2})", "d\\ta"), "2");
  CAF_CHECK_EQUAL(json_member_text(R"({"\"":3})", "\""), "3");
}

CAF_TEST(every member of any object is found and equals what a parser finds) {
  CAF_CHECK(rc::check("scanner and parser agree", [](bool spaced) {
    auto object = json::object();
    for (const auto* key : {"a", "b", "a\"", "\\", "{"})
      object[key] = arbitrary_json(3);
    const auto text = object.dump(spaced ? 2 : -1);
    for (const auto& [key, value] : object.items()) {
      const auto found = json::parse(json_member_text(text, key), nullptr, false);
      RC_ASSERT(found == value);
    }
  }));
}
