#define CAF_SUITE cluster.cache_placement

#include "cluster/cache/cache_placement.hpp"

#include "cluster/random.hpp"

#include "caf/test/dsl.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <map>

using namespace grapevine::cluster;

namespace {

using namespace std::literals;
using candidates = std::vector<cache_placement::candidate>;

constexpr auto start = time_point{} + 1h;

candidates nodes(std::size_t count) {
  candidates result;
  for (std::size_t i = 1; i <= count; ++i)
    result.push_back({"n" + std::to_string(i), i});
  return result;
}

candidates without(candidates all, epoch_t epoch) {
  std::erase_if(all, [&](const auto& one) { return one.epoch == epoch; });
  return all;
}

cache_placement of(const candidates& all) {
  cache_placement result;
  result.set_candidates(all, start);
  return result;
}

/// A key that `before` gives to `from` and `after` to `to`, both as rank 0.
std::uint64_t key_that_goes(const cache_placement& before, epoch_t from,
                            const cache_placement& after, epoch_t to) {
  for (std::uint64_t key = 0; key < 100'000; ++key)
    if (before.at(key, 0) == from && after.at(key, 0) == to)
      return key;
  CAF_FAIL("no such key");
}

}  // namespace

CAF_TEST(there are as many owners as nodes and at most two) {
  CAF_CHECK_EQUAL(of({}).at(5, 0), 0u);
  CAF_CHECK_EQUAL(of(nodes(1)).at(5, 0), 1u);
  CAF_CHECK_EQUAL(of(nodes(1)).at(5, 1), 0u);
  const auto three = of(nodes(3));
  for (std::uint64_t key = 0; key < 100; ++key) {
    CAF_CHECK(three.at(key, 0) != 0 && three.at(key, 1) != 0);
    CAF_CHECK_NOT_EQUAL(three.at(key, 0), three.at(key, 1));
    CAF_CHECK_EQUAL(three.at(key, 2), 0u);
  }
}

CAF_TEST(the owners do not depend on the order the nodes are named in) {
  CAF_CHECK(rc::check("any two nodes in front", [] {
    const auto sorted = nodes(6);
    auto shuffled = sorted;
    random_source random{*rc::gen::arbitrary<std::uint64_t>()};
    for (auto i = shuffled.size(); i > 1; --i)
      std::swap(shuffled[i - 1], shuffled[random.below(i)]);
    const auto a = of(sorted), b = of(shuffled);
    const auto key = *rc::gen::arbitrary<std::uint64_t>();
    RC_ASSERT(a.at(key, 0) == b.at(key, 0));
    RC_ASSERT(a.at(key, 1) == b.at(key, 1));
  }));
}

CAF_TEST(keys are spread evenly in both ranks) {
  constexpr std::uint64_t keys = 20'000;
  for (const std::size_t count : {2u, 5u, 50u}) {
    const auto owners = of(nodes(count));
    std::array<std::map<epoch_t, std::uint64_t>, 2> owned;
    for (std::uint64_t key = 0; key < keys; ++key)
      for (unsigned rank = 0; rank < 2; ++rank)
        ++owned[rank][owners.at(key, rank)];
    for (const auto& by_node : owned) {
      CAF_CHECK_EQUAL(by_node.size(), count);
      for (const auto& [epoch, number] : by_node)
        CAF_CHECK(number > keys / count * 7 / 10 && number < keys / count * 13 / 10);
    }
  }
}

CAF_TEST(only the keys of the node that leaves move) {
  CAF_CHECK(rc::check("one of several leaves", [] {
    const auto all = nodes(*rc::gen::inRange<std::size_t>(2, 12));
    const auto gone = *rc::gen::inRange<epoch_t>(1, all.size() + 1);
    const auto before = of(all);
    auto after = before;
    after.set_candidates(without(all, gone), start + 1min);
    const auto key = *rc::gen::arbitrary<std::uint64_t>();
    const auto first = before.at(key, 0), second = before.at(key, 1);
    if (first == gone)
      RC_ASSERT(after.at(key, 0) == second);
    else
      RC_ASSERT(after.at(key, 0) == first);
    if (first != gone && second != gone)
      RC_ASSERT(after.at(key, 1) == second);
    RC_ASSERT(after.moved(key) == (first == gone || second == gone));
  }));
}

CAF_TEST(a node that joins takes its share and nothing else moves) {
  const auto before = of(nodes(4));
  auto after = before;
  after.set_candidates(nodes(5), start + 1min);
  std::uint64_t taken = 0;
  constexpr std::uint64_t keys = 10'000;
  for (std::uint64_t key = 0; key < keys; ++key)
    if (after.at(key, 0) != before.at(key, 0)) {
      CAF_REQUIRE_EQUAL(after.at(key, 0), 5u);
      CAF_REQUIRE_EQUAL(after.at(key, 1), before.at(key, 0));
      ++taken;
    }
  CAF_CHECK(taken > keys * 17 / 100 && taken < keys * 23 / 100);
}

CAF_TEST(a restarted node owns what it owned and has to be told again) {
  auto owners = of(nodes(3));
  const auto before = owners;
  auto restarted = nodes(3);
  restarted[1].epoch = 22;
  owners.set_candidates(restarted, start + 1min);
  for (std::uint64_t key = 0; key < 100; ++key) {
    const auto was = before.at(key, 0);
    CAF_CHECK_EQUAL(owners.at(key, 0), was == 2 ? 22 : was);
    CAF_CHECK_EQUAL(owners.moved(key), was == 2 || before.at(key, 1) == 2);
  }
}

CAF_TEST(of two epochs of a name the higher counts) {
  const auto owners = of({{"n1", 4}, {"n1", 9}, {"n1", 5}});
  CAF_CHECK_EQUAL(owners.at(1, 0), 9u);
  CAF_CHECK_EQUAL(owners.at(1, 1), 0u);
}

CAF_TEST(a new owner waits and an old one goes on) {
  const auto all = nodes(3), fewer = without(all, 3);
  cache_placement owners;
  owners.set_candidates(all, start);
  const auto lost = key_that_goes(of(all), 3, of(fewer), 1);
  const auto kept = key_that_goes(of(all), 2, of(fewer), 2);
  CAF_CHECK(!owners.acts(kept, 2, start + 999ms));
  CAF_CHECK(owners.acts(kept, 2, start + 1s));
  CAF_CHECK(owners.acts(lost, 3, start + 1s));
  CAF_CHECK(!owners.acts(lost, 1, start + 1s));

  const auto change = start + 10s;
  owners.set_candidates(fewer, change);
  CAF_CHECK(owners.acts(kept, 2, change));
  CAF_CHECK(!owners.acts(lost, 3, change));
  CAF_CHECK(!owners.acts(lost, 1, change + 999ms));
  CAF_CHECK(owners.acts(lost, 1, change + 1s));
  CAF_CHECK(!owners.acts(lost, 2, change + 1s));
  CAF_CHECK(!owners.acts(lost, 0, change + 1s));
}

CAF_TEST(the same candidates again do not make anybody wait) {
  cache_placement owners;
  owners.set_candidates(nodes(2), start);
  owners.set_candidates(nodes(2), start + 900ms);
  CAF_CHECK(owners.acts(1, owners.at(1, 0), start + 1s));
}

CAF_TEST(an owner that never settled is not taken for an old one) {
  const auto all = nodes(3), fewer = without(all, 3), least = without(fewer, 2);
  cache_placement owners;
  owners.set_candidates(all, start);
  const auto lost = key_that_goes(of(all), 3, of(fewer), 1);
  const auto change = start + 10s;
  owners.set_candidates(fewer, change);
  owners.set_candidates(least, change + 500ms);
  CAF_CHECK_EQUAL(owners.at(lost, 0), 1u);
  CAF_CHECK(!owners.acts(lost, 1, change + 1s));
  CAF_CHECK(owners.acts(lost, 1, change + 1500ms));
  // Back to those who stood long enough: they may go on at once.
  owners.set_candidates(all, change + 600ms);
  CAF_CHECK(owners.acts(lost, 3, change + 600ms));
  CAF_CHECK(owners.moved(lost));
}
