#define CAF_SUITE broadcast.pending_results

#include "broadcast/pending_results.hpp"

#include "caf/test/dsl.hpp"

#include <thread>

using namespace grapevine;
using namespace grapevine::broadcasting;
using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

namespace {

const broadcast_result late{broadcast_errc::timed_out, "late"};
const broadcast_result wrong{broadcast_errc::refused, "wrong"};

}  // namespace

CAF_TEST(waiting ends with the last outcome) {
  pending_results results{2};
  std::thread other{[&] {
    results.tell(1, wrong);
    results.tell(0, {});
  }};
  const auto all = results.wait(steady::now() + 1min, late);
  other.join();
  CAF_CHECK_EQUAL(all[0].code(), broadcast_errc::none);
  CAF_CHECK_EQUAL(all[1].code(), broadcast_errc::refused);
}

CAF_TEST(what was not told in time is late and what comes then does not count) {
  pending_results results{2};
  results.tell(0, wrong);
  results.tell(0, {});
  const auto all = results.wait(steady::now(), late);
  results.tell(1, {});
  CAF_CHECK_EQUAL(all[0].code(), broadcast_errc::refused);
  CAF_CHECK_EQUAL(all[1].code(), broadcast_errc::timed_out);
}

CAF_TEST(of no events all outcomes are there at once) {
  pending_results results{0};
  CAF_CHECK(results.wait(steady::now() + 1min, late).empty());
}
