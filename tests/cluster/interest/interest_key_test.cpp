#define CAF_SUITE cluster.interest_key

#include "cluster/interest/interest_key.hpp"

#include "caf/test/dsl.hpp"

#include <numeric>
#include <string>

using namespace grapevine::cluster;

CAF_TEST(the hash gives the reference vectors) {
  siphash_key key;
  std::iota(key.begin(), key.end(), std::uint8_t{0});
  std::string text(63, '\0');
  std::iota(text.begin(), text.end(), '\0');
  const auto of = [&](std::size_t size) {
    return siphash(key, std::string_view{text}.substr(0, size));
  };
  CAF_CHECK_EQUAL(of(0), 0x726fdb47dd0e0e31u);
  CAF_CHECK_EQUAL(of(1), 0x74f839c593dc67fdu);
  CAF_CHECK_EQUAL(of(7), 0xab0200f58b01d137u);
  CAF_CHECK_EQUAL(of(8), 0x93f5f5799a932462u);
  CAF_CHECK_EQUAL(of(15), 0xa129ca6149be45e5u);  // the example in the paper's appendix
  CAF_CHECK_EQUAL(of(63), 0x958a324ceb064572u);
}

CAF_TEST(a channel has the same key wherever it is computed) {
  // Computed with Python from the definition in the header.
  CAF_CHECK_EQUAL(interest_key_hasher{"grapevine"}("some", "presence-room"), 0x46a0036050331496u);
}

CAF_TEST(app and channel and cluster all count) {
  const interest_key_hasher hasher{"grapevine"};
  const auto key = hasher("app", "channel");
  CAF_CHECK_EQUAL(hasher("app", "channel"), key);
  CAF_CHECK_NOT_EQUAL(hasher("app2", "channel"), key);
  CAF_CHECK_NOT_EQUAL(hasher("app", "channel2"), key);
  CAF_CHECK_NOT_EQUAL(hasher("appc", "hannel"), key);
  CAF_CHECK_NOT_EQUAL(hasher("", ""), key);
  CAF_CHECK_NOT_EQUAL(interest_key_hasher{"other"}("app", "channel"), key);
}
