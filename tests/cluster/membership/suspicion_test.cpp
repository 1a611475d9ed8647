#define CAF_SUITE cluster.suspicion

#include "cluster/membership/suspicion.hpp"

#include "caf/test/dsl.hpp"

#include <cmath>

using namespace grapevine::cluster;
using namespace std::literals;

namespace {

const time_point start{1000s};

/// To the nearest millisecond.
long ms(duration d) {
  return std::lround(std::chrono::duration<double, std::milli>(d).count());
}

}  // namespace

CAF_TEST(the shortest suspicion grows with the logarithm above ten members) {
  const struct {
    std::size_t members;
    long expected_ms;
  } table[] = {{1, 2000}, {2, 2000}, {10, 2000}, {11, 2083}, {50, 3398}, {100, 4000}, {200, 4602}};
  for (const auto& [members, expected_ms] : table)
    CAF_CHECK_EQUAL(ms(suspicion_min(4, members, 500ms)), expected_ms);
}

CAF_TEST(confirmations shorten the suspicion from max to min) {
  const struct {
    unsigned confirmations;
    unsigned wanted;
    long expected_ms;
  } table[] = {{0, 0, 2000}, {3, 0, 2000}, {0, 1, 6000}, {1, 1, 2000}, {0, 2, 6000},
               {1, 2, 3476}, {2, 2, 2000}, {7, 2, 2000}, {1, 3, 4000}, {2, 3, 2830}};
  for (const auto& [confirmations, wanted, expected_ms] : table)
    CAF_CHECK_EQUAL(ms(suspicion_timeout(confirmations, wanted, 2s, 6s)), expected_ms);
}

CAF_TEST(an accuser counts once) {
  suspicion suspected{start, 1};
  CAF_CHECK_EQUAL(suspected.confirmations(), 0u);
  CAF_CHECK(!suspected.confirm(1));
  CAF_CHECK(suspected.confirm(2));
  CAF_CHECK(!suspected.confirm(2));
  CAF_CHECK_EQUAL(suspected.confirmations(), 1u);
  CAF_CHECK_EQUAL(suspected.first_accuser(), 1u);
}

CAF_TEST(the list of accusers is bounded) {
  suspicion suspected{start, 1};
  for (epoch_t accuser = 2; accuser < 100; ++accuser)
    suspected.confirm(accuser);
  CAF_CHECK_EQUAL(suspected.confirmations(), 15u);
}

CAF_TEST(a verdict by others is news only once) {
  suspicion suspected{start, 1};
  CAF_CHECK(!suspected.condemned());
  CAF_CHECK(suspected.condemn());
  CAF_CHECK(!suspected.condemn());
  CAF_CHECK(suspected.condemned());
}

CAF_TEST(time in which we were stopped does not count) {
  suspicion suspected{start, 1};
  suspected.postpone(20s);
  CAF_CHECK(suspected.started() == start + 20s);
}
