#define CAF_SUITE base.percent

#include "base/percent.hpp"

#include "caf/test/dsl.hpp"

#include <rapidcheck.h>

using namespace grapevine::base;

CAF_TEST(encoding leaves only unreserved characters) {
  CAF_CHECK_EQUAL(percent_encode("aZ09-._~"), "aZ09-._~");
  CAF_CHECK_EQUAL(percent_encode("a/b?c d\xc3\xa9%+"), "a%2Fb%3Fc%20d%C3%A9%25%2B");
  CAF_CHECK_EQUAL(percent_encode(""), "");
}

CAF_TEST(decoding takes digits of either case and leaves a plus alone) {
  CAF_CHECK_EQUAL(percent_decode("a%2fb%2Fc%00").value_or(""), std::string("a/b/c\0", 6));
  CAF_CHECK_EQUAL(percent_decode("a+b%2Bc").value_or(""), "a+b+c");
  CAF_CHECK_EQUAL(percent_decode("%2541").value_or(""), "%41");
}

CAF_TEST(a broken escape is refused or stays as it is) {
  for (const std::string text : {"%", "%4", "%4x", "a%", "%%", "%x4", "%-1", "% 1"}) {
    CAF_CHECK(!percent_decode(text));
    CAF_CHECK_EQUAL(percent_decode_leniently(text), text);
  }
  CAF_CHECK(!percent_decode("%%41"));
  CAF_CHECK_EQUAL(percent_decode_leniently("%%41"), "%A");
}

CAF_TEST(decoding undoes encoding for all bytes) {
  CAF_CHECK(rc::check([](const std::string& bytes) {
    RC_ASSERT(percent_decode(percent_encode(bytes)) == bytes);
    RC_ASSERT(percent_decode_leniently(percent_encode(bytes)) == bytes);
  }));
}
