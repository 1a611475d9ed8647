#define CAF_SUITE cluster.hybrid_clock

#include "cluster/hybrid_clock.hpp"

#include "caf/test/dsl.hpp"

#include <rapidcheck.h>

using namespace grapevine::cluster;

namespace {

constexpr std::uint64_t now_ms = 1'760'000'000'000;

}  // namespace

CAF_TEST(stamps rise strictly whatever the wall clock does) {
  CAF_CHECK(rc::check("any walk of the wall clock", [] {
    hybrid_clock clock;
    std::uint64_t last = 0;
    for (const auto step : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 200'000))) {
      const auto wall = now_ms + static_cast<std::uint64_t>(step) - 100'000;
      if (step % 3 == 0)
        clock.observe((wall + static_cast<std::uint64_t>(step)) << 16, wall);
      const auto stamp = clock.next(wall);
      RC_ASSERT(stamp > last);
      RC_ASSERT(hybrid_clock::wall_of(stamp) >= wall);
      last = stamp;
    }
  }));
}

CAF_TEST(a stamp shows the wall time as long as a millisecond is not used up) {
  hybrid_clock clock;
  std::uint64_t last = 0;
  for (int i = 0; i < 65'536; ++i)
    last = clock.next(now_ms);
  CAF_CHECK_EQUAL(hybrid_clock::wall_of(last), now_ms);
  CAF_CHECK_EQUAL(hybrid_clock::wall_of(clock.next(now_ms)), now_ms + 1);
  CAF_CHECK_EQUAL(clock.next(now_ms + 10), (now_ms + 10) << 16);
}

CAF_TEST(what is stamped after something seen is later than it) {
  hybrid_clock ahead, behind;
  const auto seen = ahead.next(now_ms + 500);
  CAF_CHECK(behind.next(now_ms) < seen);
  behind.observe(seen, now_ms);
  CAF_CHECK(behind.next(now_ms) > seen);
}

CAF_TEST(a stamp more than a minute ahead is ignored) {
  hybrid_clock clock;
  clock.observe((now_ms + 60'001) << 16, now_ms);
  CAF_CHECK_EQUAL(hybrid_clock::wall_of(clock.next(now_ms)), now_ms);
  clock.observe((now_ms + 60'000) << 16, now_ms);
  CAF_CHECK_EQUAL(hybrid_clock::wall_of(clock.next(now_ms)), now_ms + 60'000);
}
