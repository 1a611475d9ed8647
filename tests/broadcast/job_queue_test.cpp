#define CAF_SUITE broadcast.job_queue

#include "broadcast/job_queue.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine;
using namespace grapevine::broadcasting;
using namespace std::chrono_literals;

namespace {

const broadcast_result away{broadcast_errc::unreachable, "away"};
const broadcast_result wrong{broadcast_errc::refused, "wrong"};

struct fixture {
  static queue_settings settings() {
    queue_settings result;
    result.events_max = 3;
    result.retry = {3, 100ms, 1'000ms};
    return result;
  }

  job_queue queue{settings(), 42};
  time_point now{};

  bool push(std::string name) {
    return queue.push({{"orders"}, std::move(name), "{}", {}, {}, {}}, now);
  }
  job take() {
    auto one = queue.take(now);
    CAF_REQUIRE(one.has_value());
    return std::move(*one);
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(job_queue_tests, fixture)

CAF_TEST(events leave in the order they came) {
  push("a");
  push("b");
  CAF_CHECK_EQUAL(take().item.event, "a");
  CAF_CHECK_EQUAL(take().item.event, "b");
  CAF_CHECK(!queue.take(now).has_value());
}

CAF_TEST(at its bound it takes no more and says so) {
  CAF_CHECK(push("a"));
  CAF_CHECK(push("b"));
  // One that is being sent still counts.
  auto sending = take();
  CAF_CHECK(push("c"));
  CAF_CHECK(!push("d"));
  CAF_CHECK(!queue.finished(std::move(sending), {}, now).has_value());
  CAF_CHECK(push("d"));
  CAF_CHECK_EQUAL(queue.figures().waiting, 3u);
  CAF_CHECK_EQUAL(queue.figures().delivered, 1u);
}

CAF_TEST(one that failed is tried again later and lets others pass) {
  push("a");
  CAF_CHECK(!queue.finished(take(), away, now).has_value());
  CAF_CHECK(!queue.take(now).has_value());
  const auto due = queue.due();
  CAF_REQUIRE(due.has_value());
  CAF_CHECK(*due >= now + 50ms);
  CAF_CHECK(*due <= now + 100ms);
  push("b");
  CAF_CHECK_EQUAL(take().item.event, "b");
  now = *due;
  auto again = take();
  CAF_CHECK_EQUAL(again.item.event, "a");
  CAF_CHECK_EQUAL(again.attempts, 2u);
  CAF_CHECK_EQUAL(queue.figures().retried, 1u);
}

CAF_TEST(after the last attempt it is given up) {
  push("a");
  for (int i = 0; i < 2; ++i) {
    CAF_CHECK(!queue.finished(take(), away, now).has_value());
    now = queue.due().value();
  }
  const auto given_up = queue.finished(take(), away, now);
  CAF_REQUIRE(given_up.has_value());
  CAF_CHECK_EQUAL(given_up->attempts, 3u);
  CAF_CHECK(queue.empty());
  CAF_CHECK_EQUAL(queue.figures().failed, 1u);
}

CAF_TEST(what cannot pass is given up at once) {
  push("a");
  CAF_CHECK(queue.finished(take(), wrong, now).has_value());
  CAF_CHECK(queue.empty());
}

CAF_TEST(one that waits for its time can be hurried) {
  push("a");
  queue.finished(take(), away, now);
  push("b");
  queue.hurry(now);
  CAF_CHECK_EQUAL(take().item.event, "a");
  CAF_CHECK_EQUAL(take().item.event, "b");
}

CAF_TEST(it is empty when nothing waits and nothing is being sent) {
  CAF_CHECK(queue.empty());
  push("a");
  CAF_CHECK(!queue.empty());
  auto one = take();
  CAF_CHECK(!queue.empty());
  queue.finished(std::move(one), {}, now);
  CAF_CHECK(queue.empty());
}

CAF_TEST(what is abandoned comes out in order and counts as failed) {
  push("a");
  queue.finished(take(), away, now);
  push("b");
  const auto left = queue.abandon();
  CAF_REQUIRE_EQUAL(left.size(), 2u);
  CAF_CHECK_EQUAL(left[0].item.event, "b");
  CAF_CHECK_EQUAL(left[1].item.event, "a");
  CAF_CHECK_EQUAL(queue.figures().failed, 2u);
  CAF_CHECK(queue.empty());
}

CAF_TEST_FIXTURE_SCOPE_END()
