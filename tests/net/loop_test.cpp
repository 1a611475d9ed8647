#define CAF_SUITE net_socket.loop

#include "net/loop.hpp"

#include "event_log.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <functional>
#include <stdexcept>
#include <thread>

#include "caf/test/dsl.hpp"

using namespace grapevine::net;
using grapevine::test::event_log;
using namespace std::chrono_literals;

namespace {

struct fake_outbox final : flushable {
  std::function<void()> action = [] {};
  int flushes = 0;
  void flush() override {
    ++flushes;
    action();
  }
};

struct one_shot final : timer {
  std::function<void()> action;

private:
  void on_timer(time_point) override {
    action();
  }
};

// Runs the loop until `f`, called on it, or what follows from it stops it.
void run_with(loop& l, std::function<void()> f) {
  l.post(std::move(f));
  l.run();
}

}  // namespace

CAF_TEST(post runs on the loop from any thread) {
  loop l;
  event_log log;
  std::thread::id ran_on;
  std::thread runner{[&] { l.run(); }};
  const auto runner_id = runner.get_id();
  l.post([&] {
    ran_on = std::this_thread::get_id();
    log.add("ran");
  });
  CAF_CHECK(log.wait_for("ran"));
  l.stop();
  runner.join();
  CAF_CHECK(ran_on == runner_id);
}

CAF_TEST(a handler that throws does not end the loop) {
  loop l;
  bool reached = false;
  l.post([] { throw std::runtime_error{"failed on purpose"}; });
  l.post([] { throw 42; });
  run_with(l, [&] {
    reached = true;
    l.stop();
  });
  CAF_CHECK(reached);
}

CAF_TEST(a dirty outbox is flushed once behind the handlers that are ready) {
  loop l;
  fake_outbox box;
  int handlers = 0;
  int handlers_before_flush = 0;
  box.action = [&] {
    handlers_before_flush = handlers;
    l.post([&] { l.stop(); });
  };
  for (int i = 0; i < 3; ++i)
    l.post([&] {
      ++handlers;
      l.mark_dirty(box);
      l.mark_dirty(box);
    });
  l.run();
  CAF_CHECK_EQUAL(box.flushes, 1);
  CAF_CHECK_EQUAL(handlers_before_flush, 3);
}

CAF_TEST(an outbox may mark itself dirty while it is flushed) {
  loop l;
  fake_outbox box;
  box.action = [&] {
    if (box.flushes < 3)
      l.mark_dirty(box);
    else
      l.stop();
  };
  run_with(l, [&] { l.mark_dirty(box); });
  CAF_CHECK_EQUAL(box.flushes, 3);
}

CAF_TEST(a forgotten outbox is not flushed even when another forgets it in the same turn) {
  loop l;
  fake_outbox first;
  fake_outbox second;
  fake_outbox third;
  fake_outbox forgotten;
  first.action = [&] { l.forget(second); };
  third.action = [&] { l.post([&] { l.stop(); }); };
  run_with(l, [&] {
    for (auto* box : {&first, &second, &forgotten, &third})
      l.mark_dirty(*box);
    l.forget(forgotten);
    l.forget(forgotten);
  });
  CAF_CHECK_EQUAL(first.flushes, 1);
  CAF_CHECK_EQUAL(second.flushes, 0);
  CAF_CHECK_EQUAL(forgotten.flushes, 0);
  CAF_CHECK_EQUAL(third.flushes, 1);
}

CAF_TEST(an outbox that throws does not cost the others their flush) {
  loop l;
  fake_outbox bad;
  fake_outbox good;
  bad.action = [] { throw std::runtime_error{"failed on purpose"}; };
  good.action = [&] { l.stop(); };
  run_with(l, [&] {
    l.mark_dirty(bad);
    l.mark_dirty(good);
  });
  CAF_CHECK_EQUAL(good.flushes, 1);
}

CAF_TEST(timers run and the wheel starts again after it was empty) {
  loop l;
  one_shot t;
  int fired = 0;
  time_point armed_at;
  auto arm = [&] {
    armed_at = l.now();
    l.timers().arm(t, armed_at + 60ms);
  };
  bool early = false;
  t.action = [&] {
    early |= std::chrono::steady_clock::now() < armed_at + 60ms;
    if (++fired == 2)
      l.stop();
    else
      l.post(arm);
  };
  run_with(l, arm);
  CAF_CHECK_EQUAL(fired, 2);
  CAF_CHECK(!early);
}

CAF_TEST(writing to a peer that is gone raises no signal while the loop runs or behind it) {
  const auto before = std::signal(SIGPIPE, SIG_DFL);
  std::array<int, 2> ends{};
  CAF_REQUIRE_EQUAL(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  ::close(ends[1]);
  loop l;
  ssize_t written = 0;
  int error = 0;
  run_with(l, [&] {
    written = ::write(ends[0], "x", 1);
    error = errno;
    l.stop();
  });
  CAF_CHECK_EQUAL(written, -1);
  CAF_CHECK_EQUAL(error, EPIPE);
  ::close(ends[0]);
  std::signal(SIGPIPE, before);
}
