#define CAF_SUITE drivers_socket.contract

// What driver.hpp promises of every driver. To add one, add a line to `subjects`.

#include "../net/running_loop.hpp"
#include "drivers/hook_driver.hpp"
#include "drivers/registry.hpp"
#include "http_api.hpp"
#include "other_side.hpp"
#include "recording_listener.hpp"
#include "redis_server.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "caf/test/dsl.hpp"

using namespace grapevine;
using drivers::driver_state;
using drivers::outcome;

namespace {

struct subject {
  std::string name;
  test::make_other_side side;  ///< null: the driver has none
};

const std::vector<subject> subjects{
    {"ably", [] { return std::make_unique<test::http_api>(); }},
    {"log", nullptr},
    {"null", nullptr},
    {"pusher", [] { return std::make_unique<test::http_api>(); }},
    {"redis", [] { return std::make_unique<test::redis_server>(); }},
    {"hook", [] { return std::make_unique<test::http_api>(); }},
};

/// The program's drivers, and the one that docs/drivers.md writes.
const std::vector<drivers::registration>& registered() {
  static const auto all = [] {
    auto result = drivers::registry();
    result.push_back({drivers::hook_section(), drivers::make_hook_driver});
    return result;
  }();
  return all;
}

drivers::driver_maker maker_of(const std::string& name) {
  for (const auto& each : registered())
    if (each.section.name == name)
      return each.make;
  CAF_FAIL("there is no driver " << name);
}

/// A driver on a running loop, and what it talks to.
struct bench {
  explicit bench(const subject& what, std::size_t queue_bytes_max = 64u << 20) {
    config::section_values sections;
    if (what.side) {
      side = what.side();
      side->describe(sections);
    }
    drivers::driver_settings how;
    how.queue_bytes_max = queue_bytes_max;
    how.origin = "contract-test";
    std::string error;
    driver = maker_of(what.name)(on.loop, sections, how, error);
    CAF_REQUIRE_EQUAL(error, "");
    on.start();
  }
  ~bench() {
    on.run([this] { driver = nullptr; });
  }

  void start() {
    on.run([this] { driver->start(listener); });
  }
  void publish(std::string event, std::size_t data_bytes = 2) {
    on.run([&] {
      driver->publish(
          {{"orders", "private-orders.7"}, event, std::string(data_bytes, '1'), ""},
          [this, event](const outcome& result) { answers.emplace_back(event, result); });
    });
  }
  bool gets(driver_state state) {
    return on.eventually([&] { return listener.is(state); });
  }
  bool is_answered(std::size_t times) {
    return on.eventually([&] { return answers.size() >= times; });
  }
  std::size_t answers_of(outcome::kind what) {
    std::size_t count = 0;
    on.run([&] {
      count = static_cast<std::size_t>(
          std::count_if(answers.begin(), answers.end(),
                        [&](const auto& each) { return each.second.what == what; }));
    });
    return count;
  }
  drivers::driver_stats stats() {
    drivers::driver_stats result;
    on.run([&] { result = driver->stats(); });
    return result;
  }
  void check_sums() {
    const auto sums = stats();
    CAF_CHECK_EQUAL(sums.published,
                    sums.delivered + sums.dropped + sums.refused + sums.queue_events);
  }

  std::unique_ptr<test::other_side> side;
  test::running_loop on;
  test::recording_listener listener;
  std::vector<std::pair<std::string, outcome>> answers;
  std::unique_ptr<drivers::driver> driver;
};

}  // namespace

CAF_TEST(every registered driver is under this contract) {
  std::set<std::string> known;
  std::set<std::string> tested;
  for (const auto& each : registered())
    known.insert(each.section.name);
  for (const auto& each : subjects)
    tested.insert(each.name);
  CAF_CHECK_EQUAL(tested, known);
}

CAF_TEST(a driver is up in a later turn than its start) {
  for (const auto& each : subjects) {
    CAF_MESSAGE(each.name);
    bench b{each};
    b.on.run([&] {
      b.driver->start(b.listener);
      CAF_CHECK(b.listener.states.empty());
    });
    CAF_CHECK(b.gets(driver_state::up));
    CAF_CHECK(!b.listener.reasons.back().empty());
    CAF_CHECK_EQUAL(b.stats().connects, 1u);
  }
}

CAF_TEST(each event is answered exactly once and arrives in order) {
  for (const auto& each : subjects) {
    CAF_MESSAGE(each.name);
    bench b{each};
    b.start();
    std::vector<std::string> events;
    for (int i = 0; i < 50; ++i)
      b.publish(events.emplace_back("event-" + std::to_string(i)));
    CAF_REQUIRE(b.is_answered(50));
    CAF_CHECK_EQUAL(b.answers_of(outcome::kind::delivered), 50u);
    std::vector<std::string> answered;
    b.on.run([&] {
      for (const auto& [event, result] : b.answers)
        answered.push_back(event);
    });
    CAF_CHECK_EQUAL(answered, events);
    CAF_CHECK_EQUAL(b.stats().delivered, 50u);
    b.check_sums();
    if (b.side)
      CAF_CHECK_EQUAL(b.side->accepted(), 100u);
  }
}

CAF_TEST(what waits when a driver is stopped is reported as dropped and nothing follows) {
  for (const auto& each : subjects) {
    CAF_MESSAGE(each.name);
    bench b{each};
    if (b.side)
      b.side->go_away();
    b.start();
    b.publish("waits");
    b.on.run([&] { b.driver->stop(); });
    CAF_CHECK_EQUAL(b.answers.size(), 1u);
    std::size_t states = 0;
    b.on.run([&] { states = b.listener.states.size(); });
    b.publish("too late");
    CAF_CHECK_EQUAL(b.answers.size(), 2u);
    CAF_CHECK(b.answers.back().second.what == outcome::kind::dropped);
    b.on.run([&] { b.driver->stop(); });
    b.on.run([&] { CAF_CHECK_EQUAL(b.listener.states.size(), states); });
    b.check_sums();
  }
}

CAF_TEST(a driver reaches its other side when that comes back and loses nothing that waited) {
  for (const auto& each : subjects) {
    if (!each.side)
      continue;
    CAF_MESSAGE(each.name);
    bench b{each};
    b.side->go_away();
    b.start();
    for (int i = 0; i < 5; ++i)
      b.publish("event-" + std::to_string(i));
    CAF_CHECK(b.gets(driver_state::away));
    CAF_CHECK_EQUAL(b.stats().queue_events, 5u);
    b.side->come_back();
    CAF_REQUIRE(b.is_answered(5));
    CAF_CHECK(b.gets(driver_state::up));
    CAF_CHECK_EQUAL(b.answers_of(outcome::kind::delivered), 5u);
    CAF_CHECK_EQUAL(b.side->accepted(), 10u);
    b.check_sums();
  }
}

CAF_TEST(of what waits the oldest is dropped at the bound and the newest is kept) {
  for (const auto& each : subjects) {
    if (!each.side)
      continue;
    CAF_MESSAGE(each.name);
    bench b{each, 16u << 10};
    b.side->go_away();
    b.start();
    // A driver without a connection of its own notices at its first event, and goes on trying it.
    b.publish("event-0", 4000);
    CAF_REQUIRE(b.gets(driver_state::away));
    for (int i = 1; i < 10; ++i)
      b.publish("event-" + std::to_string(i), 4000);
    const auto sums = b.stats();
    CAF_CHECK(sums.queue_bytes <= 16u << 10);
    CAF_REQUIRE(sums.queue_events >= 2 && sums.queue_events < 10);
    CAF_CHECK_EQUAL(sums.dropped, 10 - sums.queue_events);
    CAF_REQUIRE_EQUAL(b.answers.size(), sums.dropped);
    CAF_CHECK(b.answers_of(outcome::kind::dropped) == sums.dropped);
    std::vector<std::string> dropped;
    for (const auto& [event, result] : b.answers)
      dropped.push_back(event);
    std::vector<std::string> oldest;
    for (std::size_t i = 0; i < dropped.size(); ++i)
      oldest.push_back("event-" + std::to_string(i + (dropped[0] == "event-0" ? 0 : 1)));
    CAF_CHECK_EQUAL(dropped, oldest);
    b.check_sums();
  }
}
