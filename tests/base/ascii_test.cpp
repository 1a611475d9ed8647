#define CAF_SUITE base.ascii

#include "base/ascii.hpp"

#include "caf/test/dsl.hpp"

#include <algorithm>
#include <string>

using namespace grapevine::base;

namespace {

/// All bytes for which `predicate` holds, in their order.
template <class Predicate>
std::string bytes_that(Predicate predicate) {
  std::string found;
  for (int byte = 0; byte < 256; ++byte)
    if (const auto c = static_cast<char>(byte); predicate(c))
      found += c;
  return found;
}

const std::string digits = "0123456789";
const std::string capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const std::string letters = "abcdefghijklmnopqrstuvwxyz";

}  // namespace

CAF_TEST(each kind holds its characters and no other byte) {
  CAF_CHECK_EQUAL(bytes_that(is_ascii_digit), digits);
  CAF_CHECK_EQUAL(bytes_that(is_ascii_alnum), digits + capitals + letters);
  CAF_CHECK_EQUAL(bytes_that(is_ascii_hex), digits + "ABCDEF" + "abcdef");
  CAF_CHECK_EQUAL(bytes_that(is_unreserved), "-." + digits + capitals + "_" + letters + "~");
}

CAF_TEST(only capital letters have a lower case) {
  CAF_CHECK_EQUAL(bytes_that([](char c) { return ascii_lower(c) != c; }), capitals);
  auto lower = capitals;
  std::ranges::transform(lower, lower.begin(), ascii_lower);
  CAF_CHECK_EQUAL(lower, letters);
}

CAF_TEST(case is ignored in letters alone) {
  CAF_CHECK(equal_ignoring_case("Keep-Alive", "kEEP-aLIVE"));
  CAF_CHECK(equal_ignoring_case("", ""));
  CAF_CHECK(!equal_ignoring_case("close", "closed"));
  CAF_CHECK(!equal_ignoring_case("@", "`"));
  CAF_CHECK(!equal_ignoring_case("\xc3\x84", "\xc3\xa4"));
}
