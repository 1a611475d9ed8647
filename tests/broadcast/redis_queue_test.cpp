#define CAF_SUITE broadcast_socket.redis_queue

#include "broadcast/redis_queue.hpp"

#include "../drivers/redis_server.hpp"
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
  return {{"orders"}, std::move(name), "{}", {}, "grapevine", "mail"};
}

struct fixture {
  test::redis_server redis;
  fake_side side;
  std::mutex mutex;
  std::vector<failed_broadcast> lost;

  static queue_settings settings() {
    queue_settings result;
    result.durable = true;
    result.retry = {0, 1ms, 5ms};
    result.claim_after = 300ms;
    return result;
  }

  std::unique_ptr<event_queue> open(const queue_settings& with = settings()) {
    queue_hooks hooks{[this](const broadcast_item& one) { return side.take({one}).front(); },
                      [this](const failed_broadcast& one) {
                        const std::lock_guard lock{mutex};
                        lost.push_back(one);
                      }};
    broadcast_settings of_all;
    of_all.redis_url = redis.url();
    of_all.redis_prefix = "app-";
    broadcast_result error;
    auto made =
        redis_queue::make(std::make_shared<loop_thread>(), "mail", with, of_all, hooks, error);
    CAF_REQUIRE(made != nullptr);
    return made;
  }
  std::string waiting() {
    return redis.command({"XLEN", "app-grapevine:queue:mail"});
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(redis_queue_tests, fixture)

CAF_TEST(events leave in order and nothing of them stays) {
  auto queue = open();
  for (auto name : {"a", "b", "c"})
    CAF_CHECK(queue->push(item(name)).ok());
  CAF_CHECK(queue->flush(steady::now() + 20s));
  const auto sent = side.sent();
  CAF_REQUIRE_EQUAL(sent.size(), 3u);
  CAF_CHECK_EQUAL(sent[0].event + sent[1].event + sent[2].event, "abc");
  CAF_CHECK_EQUAL(waiting(), "0");
}

CAF_TEST(what was not sent when the process ended is sent by the next) {
  side.answer_with([](const broadcast_item&) { return away; });
  auto first = open();
  CAF_CHECK(first->push(item("a")).ok());
  CAF_CHECK(first->push(item("b")).ok());
  CAF_CHECK(side.wait_for(1));
  first.reset();
  CAF_CHECK(lost.empty());
  CAF_CHECK_EQUAL(waiting(), "2");
  side.answer_with({});
  auto second = open();
  CAF_CHECK(second->flush(steady::now() + 20s));
  const auto sent = side.sent();
  CAF_CHECK(
      std::any_of(sent.begin(), sent.end(), [](const auto& one) { return one.event == "b"; }));
  CAF_CHECK_EQUAL(second->figures().delivered, 2u);
}

CAF_TEST(what a process had taken when it was killed is claimed) {
  { auto creates_the_group = open(); }
  redis.command({"XADD", "app-grapevine:queue:mail", "*", "event", to_text(item("a"), 0)});
  redis.command(
      {"XREADGROUP", "GROUP", "grapevine", "killed", "STREAMS", "app-grapevine:queue:mail", ">"});
  auto queue = open();
  CAF_CHECK(side.wait_for(1));
  CAF_CHECK(queue->flush(steady::now() + 20s));
  CAF_CHECK_EQUAL(side.sent().size(), 1u);
}

CAF_TEST(an event that is tried for long is not taken by another process) {
  std::atomic<bool> up = false;
  std::atomic<int> attempts = 0;
  side.answer_with([&](const broadcast_item&) {
    ++attempts;
    return up ? broadcast_result{} : away;
  });
  auto with = settings();
  with.retry = {0, 1'500ms, 1'500ms};  // longer than a claim lasts
  auto one = open(with);
  CAF_CHECK(one->push(item("a")).ok());
  CAF_CHECK(side.wait_for(1));
  auto other = open(with);
  CAF_CHECK(side.wait_for(2));
  up = true;
  CAF_CHECK(one->flush(steady::now() + 20s));
  CAF_CHECK_EQUAL(other->figures().delivered, 0u);
  CAF_CHECK_EQUAL(one->figures().delivered, 1u);
}

CAF_TEST(what is given up is told and leaves) {
  auto with = settings();
  with.retry.attempts_max = 2;
  side.answer_with([](const broadcast_item&) { return away; });
  auto queue = open(with);
  queue->push(item("a"));
  CAF_CHECK(queue->flush(steady::now() + 20s));
  const std::lock_guard lock{mutex};
  CAF_REQUIRE_EQUAL(lost.size(), 1u);
  CAF_CHECK_EQUAL(lost[0].event, "a");
  CAF_CHECK_EQUAL(lost[0].attempts, 2u);
}

CAF_TEST(an entry that is not ours is told and does not stop the queue) {
  { auto creates_the_group = open(); }
  redis.command({"XADD", "app-grapevine:queue:mail", "*", "event", "nonsense"});
  redis.command({"XADD", "app-grapevine:queue:mail", "*", "other", "field"});
  auto queue = open();
  CAF_CHECK(queue->push(item("a")).ok());
  CAF_CHECK(queue->flush(steady::now() + 20s));
  CAF_CHECK_EQUAL(side.sent().size(), 1u);
  const std::lock_guard lock{mutex};
  CAF_CHECK_EQUAL(lost.size(), 2u);
}

CAF_TEST(at its bound it takes no more) {
  auto with = settings();
  with.events_max = 2;
  side.answer_with([](const broadcast_item&) { return away; });
  auto queue = open(with);
  CAF_CHECK(queue->push(item("a")).ok());
  CAF_CHECK(queue->push(item("b")).ok());
  CAF_CHECK_EQUAL(queue->push(item("c")).code(), broadcast_errc::queue_full);
}

CAF_TEST(without Redis an event is not taken and the queue goes on when it is back) {
  auto queue = open();
  CAF_CHECK(queue->push(item("a")).ok());
  CAF_CHECK(queue->flush(steady::now() + 20s));
  redis.go_away();
  CAF_CHECK_EQUAL(queue->push(item("b")).code(), broadcast_errc::unreachable);
  redis.come_back();
  bool taken = false;
  for (const auto until = steady::now() + 30s; !taken && steady::now() < until;)
    taken = queue->push(item("c")).ok();
  CAF_CHECK(taken);
  CAF_CHECK(queue->flush(steady::now() + 30s));
  CAF_CHECK_EQUAL(side.sent().back().event, "c");
}

CAF_TEST_FIXTURE_SCOPE_END()
