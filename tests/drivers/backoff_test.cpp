#define CAF_SUITE drivers.backoff

#include "drivers/backoff.hpp"

#include <set>

#include "caf/test/dsl.hpp"

using namespace grapevine::drivers;
using namespace std::chrono_literals;

CAF_TEST(each wait is between a half and the whole of a doubling bound) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    backoff b{100ms, 1000ms, seed};
    for (auto whole : {100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms}) {
      const auto wait = b.next();
      CAF_CHECK(wait <= whole);
      CAF_CHECK(wait >= whole / 2);
    }
  }
}

CAF_TEST(after a reset it begins anew) {
  backoff b{100ms, 10s, 7};
  for (int i = 0; i < 100; ++i)
    b.next();
  b.reset();
  CAF_CHECK(b.next() <= 100ms);
}

CAF_TEST(two that lost the same server do not come back together) {
  std::set<backoff::duration> waits;
  for (std::uint64_t seed = 0; seed < 50; ++seed)
    waits.insert(backoff{10s, 10s, seed}.next());
  CAF_CHECK(waits.size() > 40);
}
