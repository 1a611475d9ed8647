#define CAF_SUITE cluster.redial

#include "cluster/membership/redial.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::cluster;
using namespace std::literals;

namespace {

const time_point start{1000s};

struct fixture {
  membership_settings settings;
  random_source random{1};
  redial dialling;

  /// The first millisecond in which the next try is due.
  std::chrono::milliseconds wait_from(time_point now) {
    auto wait = 0ms;
    while (!dialling.due(now + wait))
      wait += 1ms;
    return wait;
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(redial_tests, fixture)

CAF_TEST(a running try is not repeated) {
  dialling.schedule(start);
  CAF_CHECK(!dialling.due(start - 1ms));
  CAF_CHECK(dialling.due(start));
  dialling.started();
  CAF_CHECK(!dialling.due(start + 1h));
  dialling.failed(start, false, settings, random);
  CAF_CHECK(dialling.due(start + 1h));
}

CAF_TEST(waits double up to the maximum and are jittered by half) {
  dialling.schedule(start);
  for (const auto longest : {50ms, 100ms, 200ms, 400ms, 800ms, 1600ms, 2000ms, 2000ms}) {
    dialling.started();
    dialling.failed(start, false, settings, random);
    const auto wait = wait_from(start);
    CAF_CHECK(wait >= longest / 2);
    CAF_CHECK(wait <= longest);
  }
}

CAF_TEST(the long dead are tried rarely) {
  dialling.failed(start, true, settings, random);
  const auto wait = wait_from(start);
  CAF_CHECK(wait >= 5s);
  CAF_CHECK(wait <= 10s);
}

CAF_TEST(a new schedule starts the waits over) {
  for (int i = 0; i < 6; ++i)
    dialling.failed(start, false, settings, random);
  dialling.schedule(start);
  dialling.failed(start, false, settings, random);
  CAF_CHECK(wait_from(start) <= 50ms);
}

CAF_TEST(time in which we were stopped does not count) {
  dialling.schedule(start);
  dialling.postpone(20s);
  CAF_CHECK(wait_from(start) == 20s);
}

CAF_TEST_FIXTURE_SCOPE_END()
