#define CAF_SUITE net.timer_wheel

#include "net/timer_wheel.hpp"

#include <functional>
#include <memory>
#include <stdexcept>
#include <vector>

#include "caf/test/dsl.hpp"

using namespace grapevine::net;
using namespace std::chrono_literals;

namespace {

struct probe final : timer {
  std::function<void()> action;
  std::vector<time_point> fired;

private:
  void on_timer(time_point now) override {
    fired.push_back(now);
    // The action may destroy this timer and the function in it.
    if (auto run = action)
      run();
  }
};

struct fixture {
  const time_point start{1000h};
  timer_wheel wheel{start, 50ms, 8};  // one revolution is 400 ms
  probe a;
  probe b;

  void advance_to(std::chrono::milliseconds since_start) {
    wheel.advance(start + since_start);
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(timer_wheel_tests, fixture)

CAF_TEST(a timer fires once at the first tick that is not before its time) {
  wheel.arm(a, start + 120ms);
  CAF_CHECK(a.armed());
  advance_to(149ms);
  CAF_CHECK(a.fired.empty());
  advance_to(150ms);
  CAF_CHECK_EQUAL(a.fired.size(), 1u);
  CAF_CHECK(!a.armed());
  advance_to(10s);
  CAF_CHECK_EQUAL(a.fired.size(), 1u);
}

CAF_TEST(a time on a tick boundary is neither early nor a tick late) {
  wheel.arm(a, start + 100ms);
  advance_to(99ms);
  CAF_CHECK(a.fired.empty());
  advance_to(100ms);
  CAF_CHECK_EQUAL(a.fired.size(), 1u);
}

CAF_TEST(a delay beyond one revolution waits for its own revolution) {
  wheel.arm(a, start + 1850ms);
  for (auto t = 50ms; t < 1850ms; t += 50ms) {
    advance_to(t);
    CAF_REQUIRE(a.fired.empty());
  }
  advance_to(1850ms);
  CAF_CHECK_EQUAL(a.fired.size(), 1u);
}

CAF_TEST(a jump over several revolutions fires everything that became due) {
  wheel.arm(a, start + 60ms);
  wheel.arm(b, start + 3s);
  advance_to(1h);
  CAF_CHECK_EQUAL(a.fired.size(), 1u);
  CAF_CHECK_EQUAL(b.fired.size(), 1u);
  CAF_CHECK_EQUAL(wheel.size(), 0u);
}

CAF_TEST(a time in the past fires with the next tick) {
  advance_to(1s);
  wheel.arm(a, start);
  advance_to(1s);
  CAF_CHECK(a.fired.empty());
  advance_to(1050ms);
  CAF_CHECK_EQUAL(a.fired.size(), 1u);
}

CAF_TEST(arming an armed timer moves it) {
  wheel.arm(a, start + 100ms);
  wheel.arm(a, start + 500ms);
  CAF_CHECK_EQUAL(wheel.size(), 1u);
  advance_to(450ms);
  CAF_CHECK(a.fired.empty());
  advance_to(500ms);
  CAF_CHECK_EQUAL(a.fired.size(), 1u);
}

CAF_TEST(a disarmed timer does not fire) {
  wheel.arm(a, start + 100ms);
  wheel.disarm(a);
  wheel.disarm(a);
  CAF_CHECK_EQUAL(wheel.size(), 0u);
  advance_to(1s);
  CAF_CHECK(a.fired.empty());
}

CAF_TEST(a timer may arm itself again while it fires) {
  a.action = [&] { wheel.arm(a, a.fired.back() + 100ms); };
  wheel.arm(a, start + 100ms);
  for (auto t = 50ms; t <= 300ms; t += 50ms)
    advance_to(t);
  CAF_CHECK_EQUAL(a.fired.size(), 3u);
  CAF_CHECK(a.armed());
}

CAF_TEST(a timer may destroy itself and another that is due in the same tick) {
  auto first = std::make_unique<probe>();
  auto second = std::make_unique<probe>();
  int calls = 0;
  auto destroy_both = [&] {
    ++calls;
    first.reset();
    second.reset();
  };
  first->action = second->action = destroy_both;
  wheel.arm(*first, start + 50ms);
  wheel.arm(*second, start + 50ms);
  advance_to(50ms);
  CAF_CHECK_EQUAL(calls, 1);
  CAF_CHECK_EQUAL(wheel.size(), 0u);
}

CAF_TEST(a timer that throws does not cost the others their call) {
  a.action = [] { throw std::runtime_error{"failed on purpose"}; };
  wheel.arm(a, start + 50ms);
  wheel.arm(b, start + 50ms);
  bool thrown = false;
  try {
    advance_to(50ms);
  } catch (const std::runtime_error&) {
    thrown = true;
  }
  CAF_CHECK(thrown);
  CAF_CHECK(b.fired.empty());
  advance_to(50ms);
  CAF_CHECK_EQUAL(b.fired.size(), 1u);
}

CAF_TEST(a destroyed timer leaves the wheel and a destroyed wheel lets its timers go) {
  {
    probe short_lived;
    wheel.arm(short_lived, start + 50ms);
  }
  CAF_CHECK_EQUAL(wheel.size(), 0u);
  {
    timer_wheel other{start};
    other.arm(a, start + 50ms);
  }
  CAF_CHECK(!a.armed());
}

CAF_TEST(the wheel says when it stops being empty) {
  int needed = 0;
  wheel.when_needed([&] { ++needed; });
  wheel.arm(a, start + 50ms);
  wheel.arm(b, start + 100ms);
  CAF_CHECK_EQUAL(needed, 1);
  advance_to(100ms);
  wheel.arm(a, start + 200ms);
  CAF_CHECK_EQUAL(needed, 2);
}

CAF_TEST_FIXTURE_SCOPE_END()
