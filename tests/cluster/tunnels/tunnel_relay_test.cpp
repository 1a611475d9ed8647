#define CAF_SUITE cluster.tunnel_relay

#include "cluster/tunnels/tunnel_relay.hpp"

#include "cluster/random.hpp"

#include "caf/test/dsl.hpp"

#include <deque>

using namespace grapevine::cluster;
using verdict = tunnel_relay::verdict;

namespace {

constexpr std::size_t each_max = 1000;
constexpr std::size_t all_max = 2500;

struct fixture {
  tunnel_relay table{each_max, all_max};

  verdict outward(const tunnel_key& key, std::size_t bytes = 100) {
    return table.on_bytes(key, true, bytes, true);
  }
  verdict back(const tunnel_key& key, std::size_t bytes = 100) {
    return table.on_bytes(key, false, bytes, true);
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(relay_table_tests, fixture)

CAF_TEST(only its origin opens a tunnel and then both ends may send) {
  CAF_CHECK(back({1, 2, 1}) == verdict::ignored);
  CAF_CHECK(outward({1, 2, 1}) == verdict::opened);
  CAF_CHECK(outward({1, 2, 1}) == verdict::forward);
  CAF_CHECK(back({1, 2, 1}) == verdict::forward);
  CAF_CHECK_EQUAL(table.waiting(), 300u);
}

CAF_TEST(a newer path takes the place of an older of which nothing counts any more) {
  outward({1, 2, 1}, 400);
  CAF_CHECK(outward({1, 2, 2}, 10) == verdict::opened);
  CAF_CHECK_EQUAL(table.waiting(), 10u);
  CAF_CHECK(outward({1, 2, 1}) == verdict::ignored);
  CAF_CHECK(back({1, 2, 1}) == verdict::ignored);
  table.left_queue({1, 2, 1}, true, 400);
  CAF_CHECK_EQUAL(table.waiting(), 10u);
  CAF_CHECK_EQUAL(table.size(), 1u);
}

CAF_TEST(who may not open is refused and what is open goes on) {
  CAF_CHECK(table.on_bytes({1, 2, 1}, true, 10, false) == verdict::refused);
  CAF_CHECK_EQUAL(table.size(), 0u);
  outward({1, 2, 1});
  CAF_CHECK(table.on_bytes({1, 2, 1}, true, 10, false) == verdict::forward);
  CAF_CHECK(table.on_bytes({1, 2, 2}, true, 10, false) == verdict::refused);
}

CAF_TEST(each direction has its bound and beyond it the tunnel is over) {
  outward({1, 2, 1}, each_max);
  CAF_CHECK(back({1, 2, 1}, each_max) == verdict::forward);
  table.left_queue({1, 2, 1}, true, 200);
  CAF_CHECK(outward({1, 2, 1}, 200) == verdict::forward);
  CAF_CHECK(outward({1, 2, 1}, 1) == verdict::overflow);
  CAF_CHECK(outward({1, 2, 1}, 1) == verdict::ignored);
  CAF_CHECK(back({1, 2, 1}, 1) == verdict::ignored);
}

CAF_TEST(all tunnels together have a bound) {
  outward({1, 2, 1}, each_max);
  outward({1, 3, 2}, each_max);
  CAF_CHECK(outward({4, 3, 1}, 501) == verdict::overflow);
  CAF_CHECK(outward({4, 2, 1}, 500) == verdict::opened);
}

CAF_TEST(what was ended is not opened again by frames that were on their way) {
  outward({1, 2, 5});
  CAF_CHECK(table.end({1, 2, 5}));
  CAF_CHECK(!table.end({1, 2, 5}));
  CAF_CHECK(outward({1, 2, 5}) == verdict::ignored);
  CAF_CHECK(outward({1, 2, 4}) == verdict::ignored);
  CAF_CHECK(outward({1, 2, 6}) == verdict::opened);
}

CAF_TEST(a lost link ends the tunnels at both of their ends) {
  outward({1, 2, 1});
  outward({3, 1, 1});
  outward({3, 2, 2});
  outward({4, 1, 1});
  table.end({4, 1, 1});
  const auto lost = table.lose(1);
  CAF_CHECK(lost == (std::vector<tunnel_key>{{1, 2, 1}, {3, 1, 1}}));
  CAF_CHECK_EQUAL(table.waiting(), 100u);
  CAF_CHECK(outward({3, 1, 1}) == verdict::ignored);
  CAF_CHECK(outward({3, 2, 2}) == verdict::forward);
  table.left_queue({3, 1, 1}, true, 100);
  CAF_CHECK_EQUAL(table.waiting(), 200u);
  table.lose(3);
  CAF_CHECK_EQUAL(table.waiting(), 0u);
}

CAF_TEST(the account is right whatever happens) {
  random_source random{7};
  struct item {
    tunnel_key key;
    bool outward;
    std::size_t bytes;
  };
  std::deque<item> queue;
  for (int step = 0; step < 20'000; ++step) {
    const tunnel_key key{1 + random.below(3), 4 + random.below(3), random.below(50)};
    switch (random.below(8)) {
    case 0:
      table.end(key);
      break;
    case 1:
      if (random.chance(5))
        table.lose(1 + random.below(6));
      break;
    case 2:
    case 3:
    case 4:
      if (!queue.empty()) {
        table.left_queue(queue.front().key, queue.front().outward, queue.front().bytes);
        queue.pop_front();
      }
      break;
    default:
      const bool outward = random.chance(60);
      const auto bytes = 1 + static_cast<std::size_t>(random.below(300));
      const auto said = table.on_bytes(key, outward, bytes, random.chance(90));
      if (said == verdict::forward || said == verdict::opened)
        queue.push_back({key, outward, bytes});
    }
    CAF_REQUIRE(table.waiting() <= all_max);
  }
  for (const auto& each : queue)
    table.left_queue(each.key, each.outward, each.bytes);
  CAF_CHECK_EQUAL(table.waiting(), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()
