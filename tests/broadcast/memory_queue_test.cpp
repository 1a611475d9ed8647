#define CAF_SUITE broadcast.memory_queue

#include "broadcast/memory_queue.hpp"

#include "fake_transport.hpp"

#include "caf/test/dsl.hpp"

#include <atomic>
#include <future>

using namespace grapevine;
using namespace grapevine::broadcasting;
using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

namespace {

const broadcast_result away{broadcast_errc::unreachable, "away"};

broadcast_item item(std::string name) {
  return {{"orders"}, std::move(name), "{}", {}, "grapevine", {}};
}

struct fixture {
  fake_side side;
  std::mutex mutex;
  std::vector<failed_broadcast> lost;

  queue_hooks hooks() {
    return {[this](const broadcast_item& one) { return side.take({one}).front(); },
            [this](const failed_broadcast& one) {
              const std::lock_guard lock{mutex};
              lost.push_back(one);
            }};
  }
  static queue_settings settings(unsigned workers = 1) {
    queue_settings result;
    result.workers = workers;
    result.retry = {3, 1ms, 5ms};
    return result;
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(memory_queue_tests, fixture)

CAF_TEST(one worker sends in order) {
  memory_queue queue{"q", settings(), hooks()};
  for (auto name : {"a", "b", "c"})
    CAF_CHECK(queue.push(item(name)).ok());
  CAF_CHECK(queue.flush(steady::now() + 10s));
  const auto sent = side.sent();
  CAF_REQUIRE_EQUAL(sent.size(), 3u);
  CAF_CHECK_EQUAL(sent[0].event + sent[1].event + sent[2].event, "abc");
  CAF_CHECK_EQUAL(queue.figures().delivered, 3u);
}

CAF_TEST(one that failed is sent again until it succeeds) {
  std::atomic<int> attempts = 0;
  side.answer_with(
      [&](const broadcast_item&) { return ++attempts < 3 ? away : broadcast_result{}; });
  memory_queue queue{"q", settings(), hooks()};
  queue.push(item("a"));
  CAF_CHECK(queue.flush(steady::now() + 10s));
  CAF_CHECK_EQUAL(attempts.load(), 3);
  CAF_CHECK(lost.empty());
}

CAF_TEST(one that is given up is told with all that it was) {
  side.answer_with([](const broadcast_item&) { return away; });
  memory_queue queue{"mail", settings(), hooks()};
  queue.push({{"orders", "b"}, "a", "[1]", "1.2", "grapevine", "mail"});
  queue.flush(steady::now() + 10s);
  queue.stop();
  CAF_REQUIRE_EQUAL(lost.size(), 1u);
  CAF_CHECK_EQUAL(lost[0].event, "a");
  CAF_CHECK_EQUAL(lost[0].data, "[1]");
  CAF_CHECK_EQUAL(lost[0].except, "1.2");
  CAF_CHECK_EQUAL(lost[0].queue, "mail");
  CAF_CHECK_EQUAL(lost[0].driver, "grapevine");
  CAF_CHECK_EQUAL(lost[0].channels.size(), 2u);
  CAF_CHECK_EQUAL(lost[0].attempts, 3u);
  CAF_CHECK_EQUAL(lost[0].result.message(), "away");
}

CAF_TEST(several workers send at the same time) {
  std::promise<void> both;
  std::atomic<int> inside = 0;
  auto arrived = both.get_future().share();
  side.answer_with([&](const broadcast_item&) -> broadcast_result {
    if (++inside == 2)
      both.set_value();
    return arrived.wait_for(10s) == std::future_status::ready ? broadcast_result{} : away;
  });
  memory_queue queue{"q", settings(2), hooks()};
  queue.push(item("a"));
  queue.push(item("b"));
  CAF_CHECK(queue.flush(steady::now() + 10s));
  CAF_CHECK_EQUAL(queue.figures().delivered, 2u);
}

CAF_TEST(flushing ends at its deadline and says that something is left) {
  std::promise<void> go;
  auto gone = go.get_future().share();
  side.answer_with([&](const broadcast_item&) {
    gone.wait_for(10s);
    return broadcast_result{};
  });
  memory_queue queue{"q", settings(), hooks()};
  queue.push(item("a"));
  CAF_CHECK(!queue.flush(steady::now() + 1ms));
  go.set_value();
  CAF_CHECK(queue.flush(steady::now() + 10s));
}

CAF_TEST(what waits when it stops is told as lost) {
  auto with = settings();
  with.retry = {0, 1min, 1min};
  side.answer_with([](const broadcast_item&) { return away; });
  memory_queue queue{"q", with, hooks()};
  queue.push(item("a"));
  CAF_CHECK(side.wait_for(1));
  queue.stop();
  CAF_REQUIRE_EQUAL(lost.size(), 1u);
  CAF_CHECK_EQUAL(lost[0].result.code(), broadcast_errc::stopped);
  CAF_CHECK_EQUAL(queue.push(item("b")).code(), broadcast_errc::stopped);
}

CAF_TEST_FIXTURE_SCOPE_END()
