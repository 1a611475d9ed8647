#define CAF_SUITE protocol.sliding_window

#include "protocol/sliding_window.hpp"

#include <algorithm>
#include <vector>

#include <rapidcheck.h>

#include "caf/test/dsl.hpp"

using namespace grapevine::protocol;
using namespace std::chrono_literals;

namespace {

const sliding_window::time_point start{1h};

}  // namespace

CAF_TEST(as many as allowed fit into one moment) {
  sliding_window window;
  for (int i = 0; i < 3; ++i)
    CAF_CHECK(window.take(start, 1s, 3));
  CAF_CHECK(!window.take(start, 1s, 3));
  CAF_CHECK(!window.take(start + 999ms, 1s, 3));
  CAF_CHECK(window.take(start + 1s, 1s, 3));
}

CAF_TEST(nothing fits where nothing is allowed) {
  sliding_window window;
  CAF_CHECK(!window.take(start, 1s, 0));
  CAF_CHECK(!window.take(start + 1h, 1s, 0));
}

CAF_TEST(what is refused is not counted) {
  sliding_window window;
  CAF_CHECK(window.take(start, 1s, 1));
  for (auto after : {100ms, 500ms, 900ms})
    CAF_CHECK(!window.take(start + after, 1s, 1));
  CAF_CHECK(window.take(start + 1s, 1s, 1));
}

CAF_TEST(one is taken exactly when fewer than the maximum were within the time before) {
  const bool held = rc::check([](const std::vector<std::uint8_t>& steps) {
    sliding_window window;
    std::vector<sliding_window::time_point> taken;
    auto now = start;
    for (const auto step : steps) {
      now += std::chrono::milliseconds{step % 64};
      const auto recent =
          std::count_if(taken.begin(), taken.end(), [&](auto then) { return now - then < 100ms; });
      const bool expected = recent < 4;
      RC_ASSERT(window.take(now, 100ms, 4) == expected);
      if (expected)
        taken.push_back(now);
    }
  });
  CAF_CHECK(held);
}
