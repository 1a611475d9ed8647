#define CAF_SUITE cluster.interest_view

#include "cluster/interest/interest_view.hpp"

#include "cluster/random.hpp"

#include "caf/test/dsl.hpp"

#include <rapidcheck.h>

#include <map>
#include <set>
#include <vector>

using namespace grapevine::cluster;

namespace {

using key_list = std::vector<std::uint64_t>;

/// A peer whose snapshot is complete.
unsigned known_peer(interest_view& view, const key_list& keys) {
  const auto slot = view.open();
  view.apply(slot, keys, {});
  view.done(slot);
  return slot;
}

}  // namespace

CAF_TEST(an event goes to the peers that want its channel) {
  interest_view view;
  known_peer(view, {1, 2});
  known_peer(view, {2});
  CAF_CHECK_EQUAL(view.targets(1), 0b01u);
  CAF_CHECK_EQUAL(view.targets(2), 0b11u);
  CAF_CHECK_EQUAL(view.targets(3), 0u);
  CAF_CHECK_EQUAL(view.size(), 2u);
}

CAF_TEST(a peer gets everything until its snapshot is complete) {
  interest_view view;
  const auto slot = view.open();
  CAF_CHECK(view.unknown(slot));
  CAF_CHECK_EQUAL(view.targets(1), 1u);
  CAF_CHECK_EQUAL(view.interested(1), 0u);
  view.apply(slot, key_list{1}, {});
  CAF_CHECK_EQUAL(view.interested(1), 1u);
  view.done(slot);
  CAF_CHECK(!view.unknown(slot));
  CAF_CHECK_EQUAL(view.targets(1), 1u);
  CAF_CHECK_EQUAL(view.targets(2), 0u);
}

CAF_TEST(a peer that starts over is forgotten and gets everything) {
  interest_view view;
  const auto slot = known_peer(view, {1, 2});
  const auto other = known_peer(view, {2});
  view.begin(slot);
  CAF_CHECK(view.unknown(slot));
  CAF_CHECK_EQUAL(view.interested(1), 0u);
  CAF_CHECK_EQUAL(view.interested(2), 0b10u);
  CAF_CHECK_EQUAL(view.targets(9), 0b01u);
  CAF_CHECK_EQUAL(view.count(slot), 0u);
  CAF_CHECK_EQUAL(view.hash(slot), 0u);
  CAF_CHECK_EQUAL(view.count(other), 1u);
  CAF_CHECK_EQUAL(view.size(), 1u);
}

CAF_TEST(a closed slot gets nothing and its next peer inherits nothing) {
  interest_view view;
  const auto slot = known_peer(view, {1});
  view.close(slot);
  CAF_CHECK_EQUAL(view.targets(1), 0u);
  CAF_CHECK_EQUAL(view.size(), 0u);
  CAF_CHECK(!view.unknown(slot));
  view.apply(slot, key_list{5}, {});
  view.begin(slot);
  CAF_CHECK_EQUAL(view.targets(5), 0u);
  CAF_CHECK_EQUAL(view.size(), 0u);
  CAF_CHECK_EQUAL(view.open(), slot);
  view.done(slot);
  CAF_CHECK_EQUAL(view.targets(1), 0u);
}

CAF_TEST(slots are given lowest first until all are taken) {
  interest_view view;
  for (unsigned slot = 0; slot < interest_view::slots; ++slot)
    CAF_CHECK_EQUAL(view.open(), slot);
  CAF_CHECK_EQUAL(view.open(), interest_view::slots);
  CAF_CHECK(view.targets(1).all());
  view.close(40);
  view.close(3);
  CAF_CHECK_EQUAL(view.open(), 3u);
  CAF_CHECK_EQUAL(view.open(), 40u);
}

CAF_TEST(a number that is no slot does nothing) {
  interest_view view;
  for (const unsigned slot : {interest_view::slots, interest_view::slots + 1, ~0u}) {
    view.begin(slot);
    view.apply(slot, key_list{1}, {});
    view.done(slot);
    CAF_CHECK_EQUAL(view.count(slot) + view.hash(slot), 0u);
    CAF_CHECK(!view.unknown(slot));
    view.close(slot);
  }
  CAF_CHECK_EQUAL(view.size(), 0u);
}

CAF_TEST(repeats change neither count nor hash) {
  interest_view view;
  const auto slot = known_peer(view, {1, 2, 1});
  view.apply(slot, key_list{2}, key_list{3, 1, 1});
  CAF_CHECK_EQUAL(view.count(slot), 1u);
  CAF_CHECK_EQUAL(view.hash(slot), mix(2));
}

CAF_TEST(a key added and removed in one call is gone) {
  interest_view view;
  const auto slot = known_peer(view, {});
  view.apply(slot, key_list{1}, key_list{1});
  CAF_CHECK_EQUAL(view.targets(1), 0u);
  CAF_CHECK_EQUAL(view.size(), 0u);
}

CAF_TEST(the table agrees with one set per peer) {
  CAF_CHECK(rc::check("a set per slot", [] {
    struct peer {
      std::set<std::uint64_t> keys;
      bool unknown = true;
    };
    constexpr unsigned slots = interest_view::slots;
    interest_view view;
    std::map<unsigned, peer> peers;
    const auto some_keys = [] {
      return *rc::gen::container<key_list>(rc::gen::inRange<std::uint64_t>(0, 10));
    };
    // Peers that want nothing, so that those with wants are in one table or in two.
    const auto first = *rc::gen::element(0u, 62u, 126u);
    for (unsigned n = 0; n < first; ++n) {
      view.done(view.open());
      peers[n].unknown = false;
    }
    const auto steps = *rc::gen::inRange(0, 100);
    for (int i = 0; i < steps; ++i) {
      const auto slot = first + *rc::gen::inRange(0u, 5u);
      const auto found = peers.find(slot);
      switch (*rc::gen::inRange(0, 8)) {
      case 0:
      case 1: {
        const auto opened = view.open();
        RC_ASSERT((opened < slots && !peers.contains(opened)));
        peers[opened];
        break;
      }
      case 2:
        view.close(slot);
        peers.erase(slot);
        break;
      case 3:
        view.begin(slot);
        if (found != peers.end())
          found->second = {};
        break;
      case 4:
        view.done(slot);
        if (found != peers.end())
          found->second.unknown = false;
        break;
      default: {
        const auto adds = some_keys();
        const auto removes = some_keys();
        view.apply(slot, adds, removes);
        if (found == peers.end())
          break;
        found->second.keys.insert(adds.begin(), adds.end());
        for (const auto key : removes)
          found->second.keys.erase(key);
      }
      }
      std::set<std::uint64_t> all;
      for (const auto& [number, one] : peers) {
        std::uint64_t hash = 0;
        for (const auto key : one.keys)
          hash ^= mix(key);
        RC_ASSERT(view.count(number) == one.keys.size());
        RC_ASSERT(view.hash(number) == hash);
        RC_ASSERT(view.unknown(number) == one.unknown);
        all.insert(one.keys.begin(), one.keys.end());
      }
      RC_ASSERT(view.size() == all.size());
      for (std::uint64_t key = 0; key < 10; ++key) {
        interest_view::mask interested;
        interest_view::mask targets;
        for (const auto& [number, one] : peers) {
          interested[number] = one.keys.contains(key);
          targets[number] = one.keys.contains(key) || one.unknown;
        }
        RC_ASSERT(view.interested(key) == interested);
        RC_ASSERT(view.targets(key) == targets);
      }
    }
  }));
}
