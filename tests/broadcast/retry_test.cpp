#define CAF_SUITE broadcast.retry

#include "broadcast/retry.hpp"

#include <rapidcheck.h>

#include "caf/test/dsl.hpp"

using namespace grapevine;
using namespace grapevine::broadcasting;
using namespace std::chrono_literals;

namespace {

const retry_settings usual{5, 100ms, 1'000ms};

/// Without the random part.
long longest(const retry_settings& with, unsigned attempts) {
  return static_cast<long>(retry_after(with, attempts, broadcast_errc::unreachable, 0)->count());
}

}  // namespace

CAF_TEST(delays double up to the longest) {
  const retry_settings endless{0, 100ms, 1'000ms};
  CAF_CHECK_EQUAL(longest(endless, 1), 100);
  CAF_CHECK_EQUAL(longest(endless, 2), 200);
  CAF_CHECK_EQUAL(longest(endless, 4), 800);
  CAF_CHECK_EQUAL(longest(endless, 5), 1'000);
  CAF_CHECK_EQUAL(longest(endless, 4'000'000'000), 1'000);
}

CAF_TEST(after the last attempt there is none) {
  CAF_CHECK(retry_after(usual, 4, broadcast_errc::failed, 0).has_value());
  CAF_CHECK(!retry_after(usual, 5, broadcast_errc::failed, 0).has_value());
  CAF_CHECK(!retry_after(usual, 6, broadcast_errc::failed, 0).has_value());
}

CAF_TEST(what cannot pass is not tried again) {
  for (auto code :
       {broadcast_errc::bad_channel, broadcast_errc::bad_event, broadcast_errc::too_large,
        broadcast_errc::unknown_driver, broadcast_errc::misconfigured, broadcast_errc::refused,
        broadcast_errc::unsupported, broadcast_errc::stopped})
    CAF_CHECK(!retry_after(usual, 1, code, 0).has_value());
  for (auto code : {broadcast_errc::unreachable, broadcast_errc::timed_out,
                    broadcast_errc::overloaded, broadcast_errc::failed})
    CAF_CHECK(retry_after(usual, 1, code, 0).has_value());
}

CAF_TEST(chance takes up to half of a delay) {
  CAF_CHECK(rc::check([](unsigned attempts, std::uint64_t random) {
    const retry_settings endless{0, 100ms, 1'000ms};
    const auto whole = retry_after(endless, attempts, broadcast_errc::failed, 0)->count();
    const auto delay = retry_after(endless, attempts, broadcast_errc::failed, random)->count();
    RC_ASSERT(delay <= whole);
    RC_ASSERT(delay >= whole / 2);
  }));
}

CAF_TEST(odd settings are harmless) {
  CAF_CHECK_EQUAL(longest({0, 0ms, 1'000ms}, 9), 0);
  CAF_CHECK_EQUAL(longest({0, 5'000ms, 1'000ms}, 1), 1'000);
  CAF_CHECK_EQUAL(longest({0, -5ms, -1ms}, 3), 0);
  CAF_CHECK_EQUAL(
      longest({0, std::chrono::milliseconds::max(), std::chrono::milliseconds::max()}, 3),
      std::chrono::milliseconds::max().count());
}
