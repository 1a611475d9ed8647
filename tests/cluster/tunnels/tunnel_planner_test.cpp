#define CAF_SUITE cluster.tunnel_planner

#include "cluster/tunnels/tunnel_planner.hpp"

#include "caf/test/dsl.hpp"

#include <algorithm>
#include <set>

using namespace grapevine::cluster;
using namespace std::literals;

namespace {

constexpr epoch_t low = 10;
constexpr epoch_t high = 20;

/// One broken pair, and some who may help.
struct fixture {
  tunnel_planner desk;
  time_point now{1000s};
  std::vector<epoch_t> unlinked{high};
  std::vector<epoch_t> relays{31, 32, 33};

  std::vector<tunnel_planner::opening> due(epoch_t self = low) {
    return desk.due(self, unlinked, relays, now);
  }
  /// What is opened within that time, in ticks.
  std::vector<tunnel_planner::opening> within(duration time, epoch_t self = low) {
    std::vector<tunnel_planner::opening> all;
    for (const auto until = now + time; now < until; now += 20ms)
      for (const auto& each : due(self))
        all.push_back(each);
    return all;
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(tunnel_planner_tests, fixture)

CAF_TEST(a peer is opened once after a second without a link) {
  CAF_CHECK(due().empty());
  now += tunnel_planner::delay - 1ms;
  CAF_CHECK(due().empty());
  now += 1ms;
  const auto opened = due();
  CAF_REQUIRE_EQUAL(opened.size(), 1u);
  CAF_CHECK_EQUAL(opened[0].target, high);
  CAF_CHECK(std::ranges::find(relays, opened[0].via) != relays.end());
  CAF_CHECK(within(10s).empty());
}

CAF_TEST(the higher epoch leaves the lower a second to do it) {
  unlinked = {low};
  CAF_CHECK(within(2s, high).empty());
  CAF_CHECK_EQUAL(within(1s, high).size(), 1u);
}

CAF_TEST(both ends choose the same relay and many pairs different ones) {
  std::set<epoch_t> chosen;
  for (epoch_t other = 100; other < 130; ++other) {
    tunnel_planner here;
    tunnel_planner there;
    const std::vector<epoch_t> one{other};
    const std::vector<epoch_t> two{low};
    here.due(low, one, relays, now);
    there.due(other, two, relays, now);
    const auto a = here.due(low, one, relays, now + 2s);
    const auto b = there.due(other, two, relays, now + 2s);
    CAF_REQUIRE(a.size() == 1 && b.size() == 1);
    CAF_CHECK_EQUAL(a[0].via, b[0].via);
    chosen.insert(a[0].via);
  }
  CAF_CHECK_EQUAL(chosen.size(), relays.size());
}

CAF_TEST(who could not help is skipped until all were tried and then after a rest) {
  std::set<epoch_t> tried;
  within(1s);
  for (std::size_t n = 0; n < relays.size(); ++n) {
    const auto opened = due();
    CAF_REQUIRE_EQUAL(opened.size(), 1u);
    CAF_CHECK(tried.insert(opened[0].via).second);
    desk.failed(high, opened[0].via);
  }
  const auto again = within(3s);
  CAF_REQUIRE_EQUAL(again.size(), 1u);
  CAF_CHECK(tried.contains(again[0].via));
}

CAF_TEST(all relays are tried again only two seconds after the first of them) {
  relays = {31};
  within(1s);
  CAF_REQUIRE_EQUAL(due().size(), 1u);
  desk.failed(high, 31);
  CAF_CHECK(within(tunnel_planner::round).empty());
  CAF_CHECK_EQUAL(within(40ms).size(), 1u);
}

CAF_TEST(numbers of tunnels grow) {
  std::uint64_t last = 0;
  within(1s);
  for (int n = 0; n < 5; ++n) {
    const auto opened = within(3s);
    CAF_REQUIRE_EQUAL(opened.size(), 1u);
    CAF_CHECK(opened[0].path > last);
    last = opened[0].path;
    desk.failed(high, opened[0].via);
  }
}

CAF_TEST(a tunnel that was lost is soon replaced by one through another node) {
  within(1s);
  const auto first = due();
  CAF_REQUIRE_EQUAL(first.size(), 1u);
  unlinked = {};
  within(5s);
  desk.lost(high, first[0].via, now);
  unlinked = {high};
  const auto second = within(300ms);
  CAF_REQUIRE_EQUAL(second.size(), 1u);
  CAF_CHECK(second[0].via != first[0].via);
}

CAF_TEST(a link that came back starts its time anew) {
  within(900ms);
  unlinked = {};
  within(40ms);
  unlinked = {high};
  CAF_CHECK(within(980ms).empty());
  CAF_CHECK_EQUAL(within(80ms).size(), 1u);
}

CAF_TEST(nothing is opened while nobody can help and at once when somebody can) {
  relays = {};
  CAF_CHECK(within(5s).empty());
  relays = {31};
  CAF_CHECK_EQUAL(due().size(), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
