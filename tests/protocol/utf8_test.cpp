#define CAF_SUITE protocol.utf8

#include "protocol/utf8.hpp"

#include <rapidcheck.h>

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "caf/test/dsl.hpp"

using namespace grapevine::protocol;
using namespace std::literals;

namespace {

bool is_scalar_value(unsigned code_point) {
  return code_point <= 0x10FFFF && !(code_point >= 0xD800 && code_point <= 0xDFFF);
}

/// Writes any number below 2^21 in the given number of bytes, allowed or not.
std::string encode_in(int bytes, unsigned code_point) {
  if (bytes == 1)
    return {static_cast<char>(code_point)};
  constexpr unsigned lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
  std::string out;
  out += static_cast<char>(lead[bytes] | code_point >> 6 * (bytes - 1));
  for (int i = bytes - 2; i >= 0; --i)
    out += static_cast<char>(0x80 | (code_point >> 6 * i & 0x3F));
  return out;
}

int shortest_form(unsigned code_point) {
  return code_point < 0x80 ? 1 : code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
}

}  // namespace

CAF_TEST(every form of every number is accepted exactly when it is the shortest of a scalar value) {
  constexpr unsigned end_of[] = {0, 0x80, 0x800, 0x10000, 0x200000};
  std::size_t wrong = 0;
  for (int bytes = 1; bytes <= 4; ++bytes)
    for (unsigned code_point = 0; code_point < end_of[bytes]; ++code_point)
      wrong += is_valid_utf8(encode_in(bytes, code_point))
               != (is_scalar_value(code_point) && bytes == shortest_form(code_point));
  CAF_CHECK_EQUAL(wrong, 0u);
}

CAF_TEST(a character that is cut short is no valid text) {
  for (const auto text : {"\xC3"sv, "\xE2\x82"sv, "\xF0\x9F\x98"sv, "abcdefgh\xE2"sv})
    CAF_CHECK(!is_valid_utf8(text));
}

CAF_TEST(bytes that no character has are refused) {
  for (const auto text : {"\x80"sv, "\xBF"sv, "\xC0\x80"sv, "\xC1\xBF"sv, "\xF5\x80\x80\x80"sv,
                          "\xFE"sv, "\xFF"sv, "12345678\x80"sv, "1234567\xFF"sv, "\xC3\xA9\xA9"sv})
    CAF_CHECK(!is_valid_utf8(text));
}

CAF_TEST(the first impossible byte fails at once even inside a character) {
  for (const auto start : {"\xE0\x9F"sv, "\xED\xA0"sv, "\xF0\x8F"sv, "\xF4\x90"sv, "\xE2\x28"sv}) {
    utf8_validator validator;
    CAF_CHECK(validator.feed(start.substr(0, 1)));
    CAF_CHECK(!validator.feed(start.substr(1)));
    CAF_CHECK(!validator.feed("a"));
    CAF_CHECK(!validator.complete());
  }
}

CAF_TEST(an empty text is valid and a validator knows when it stands inside a character) {
  CAF_CHECK(is_valid_utf8(""));
  utf8_validator validator;
  CAF_CHECK(validator.feed("\xF0\x9F"));
  CAF_CHECK(!validator.complete());
  CAF_CHECK(validator.feed("\x98\x80"));
  CAF_CHECK(validator.complete());
}

CAF_TEST(cutting the text anywhere never changes the verdict) {
  CAF_CHECK(rc::check("pieces give what the whole gives", [](bool valid) {
    const auto text = *rc::gen::container<std::string>(valid ? rc::gen::inRange<char>(0, 127)
                                                             : rc::gen::arbitrary<char>());
    const auto code_points = *rc::gen::container<std::vector<unsigned>>(
        rc::gen::suchThat(rc::gen::inRange(0u, 0x110000u), is_scalar_value));
    std::string whole;
    for (const auto code_point : code_points)
      whole += encode_in(shortest_form(code_point), code_point);
    whole += text;
    utf8_validator validator;
    std::string_view rest = whole;
    while (!rest.empty()) {
      const auto count = *rc::gen::inRange<std::size_t>(1, rest.size() + 1);
      validator.feed(rest.substr(0, count));
      rest.remove_prefix(count);
    }
    RC_ASSERT(validator.complete() == is_valid_utf8(whole));
    if (valid)
      RC_ASSERT(validator.complete());
  }));
}

CAF_TEST(characters are counted whatever their length) {
  CAF_CHECK_EQUAL(count_characters(""), 0u);
  CAF_CHECK_EQUAL(count_characters("a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"), 4u);
}

CAF_TEST(a text is cut between characters) {
  const auto text = "a\xC3\xA4\xF0\x9F\x98\x80"sv;
  const std::size_t expected[] = {0, 1, 1, 3, 3, 3, 3, 7, 7};
  for (std::size_t bytes_max = 0; bytes_max < std::size(expected); ++bytes_max)
    CAF_CHECK_EQUAL(cut_utf8(text, bytes_max), text.substr(0, expected[bytes_max]));
}
