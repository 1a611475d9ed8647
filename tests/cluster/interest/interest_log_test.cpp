#define CAF_SUITE cluster.interest_log

#include "cluster/interest/interest_log.hpp"

#include "cluster/interest/interest_view.hpp"
#include "cluster/wire/frame_codec.hpp"

#include "caf/test/dsl.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <set>
#include <variant>

using namespace grapevine::cluster;
using namespace std::chrono_literals;

namespace {

using key_list = std::vector<std::uint64_t>;

const time_point start{1h};
constexpr duration linger = 2s;

interest_log new_log() {
  return interest_log{linger, 1};
}

/// Ends what lingers and flushes it.
std::optional<interest_delta_frame> settle(interest_log& log, time_point now) {
  log.tick(now);
  return log.flush();
}

std::uint64_t hash_of(const std::set<std::uint64_t>& keys) {
  std::uint64_t hash = 0;
  for (const auto key : keys)
    hash ^= mix(key);
  return hash;
}

}  // namespace

CAF_TEST(the first channel adds a key and the others do not ) {
  auto log = new_log();
  CAF_CHECK_EQUAL(log.want(7), 1u);
  CAF_CHECK_EQUAL(log.want(7), 1u);
  CAF_CHECK_EQUAL(log.want(8), 2u);
  const auto delta = log.flush();
  CAF_REQUIRE(delta.has_value());
  CAF_CHECK(*delta == (interest_delta_frame{0, 2, {7, 8}, {}}));
  CAF_CHECK(!log.flush());
}

CAF_TEST(a key ends when its last channel has been away for the linger) {
  auto log = new_log();
  log.want(7);
  log.want(7);
  log.flush();
  log.unwant(7, start);
  CAF_CHECK(!settle(log, start + 10h));
  log.unwant(7, start + 10h);
  CAF_CHECK(!settle(log, start + 10h + linger * 3 / 4 - 1ns));
  CAF_CHECK(log.contains(7));
  const auto delta = settle(log, start + 10h + linger * 5 / 4);
  CAF_REQUIRE(delta.has_value());
  CAF_CHECK(*delta == (interest_delta_frame{1, 2, {}, {7}}));
  CAF_CHECK(!log.contains(7));
  CAF_CHECK_EQUAL(log.version_of(7), 0u);
}

CAF_TEST(a key that lingers is still announced) {
  auto log = new_log();
  log.want(7);
  log.flush();
  log.unwant(7, start);
  log.tick(start + 1s);
  CAF_CHECK(log.announced(7));
  CAF_CHECK(log.keys() == key_list{7});
}

CAF_TEST(a return during the linger costs nothing and starts it anew) {
  auto log = new_log();
  log.want(7);
  log.flush();
  log.unwant(7, start);
  CAF_CHECK_EQUAL(log.want(7), 1u);
  CAF_CHECK(!settle(log, start + 1h));
  log.unwant(7, start + 1h);
  log.want(7);
  log.unwant(7, start + 1h + 1s);
  CAF_CHECK(!settle(log, start + 1h + 1s + linger * 3 / 4 - 1ns));
  CAF_CHECK(settle(log, start + 1h + 1s + linger * 5 / 4).has_value());
}

CAF_TEST(a key that comes back before the flush was never gone) {
  auto log = new_log();
  log.want(7);
  log.flush();
  log.unwant(7, start);
  CAF_CHECK(log.tick(start + 1h).empty());
  CAF_CHECK(log.contains(7));
  CAF_CHECK_EQUAL(log.want(7), 1u);
  CAF_CHECK(!log.flush());
  CAF_CHECK_EQUAL(log.version(), 1u);
  log.unwant(7, start + 1h);
  CAF_CHECK(!log.flush());
  CAF_CHECK(settle(log, start + 2h).has_value());
}

CAF_TEST(a key that ends twice before the flush is removed once) {
  auto log = new_log();
  log.want(7);
  log.flush();
  for (int i = 1; i <= 2; ++i) {
    log.unwant(7, start + i * 1h);
    log.tick(start + i * 1h + 1min);
    if (i == 1)
      log.want(7);
  }
  const auto delta = log.flush();
  CAF_REQUIRE(delta.has_value());
  CAF_CHECK(*delta == (interest_delta_frame{1, 2, {}, {7}}));
  CAF_CHECK_EQUAL(log.count(), 0u);
  CAF_CHECK_EQUAL(log.hash(), 0u);
}

CAF_TEST(a key that came and went before the flush is only told by tick) {
  auto log = new_log();
  log.want(7);
  log.unwant(7, start);
  CAF_CHECK(log.tick(start + 1h) == key_list{7});
  CAF_CHECK(!log.contains(7));
  CAF_CHECK(!log.flush());
  CAF_CHECK_EQUAL(log.version(), 0u);
  CAF_CHECK_EQUAL(log.want(7), 2u);
  const auto delta = log.flush();
  CAF_REQUIRE(delta.has_value());
  CAF_CHECK(*delta == (interest_delta_frame{0, 2, {7}, {}}));
}

CAF_TEST(what has not been flushed is in no digest and no snapshot) {
  auto log = new_log();
  log.want(7);
  CAF_CHECK(log.contains(7));
  CAF_CHECK(!log.announced(7));
  CAF_CHECK(log.keys().empty());
  CAF_CHECK_EQUAL(log.count() + log.hash() + log.version(), 0u);
  log.flush();
  CAF_CHECK(log.announced(7));
  CAF_CHECK_EQUAL(log.count(), 1u);
  CAF_CHECK_EQUAL(log.hash(), mix(7));
}

CAF_TEST(a long list comes in frames that can be encoded and follow each other) {
  auto log = new_log();
  constexpr std::uint64_t many = interest_log::delta_keys_max * 2 + 10;
  for (std::uint64_t key = 1; key <= many; ++key)
    log.want(key);
  log.flush();
  log.unwant(1, start);  // a removal may not overtake the additions that are still to come
  log.tick(start + 1h);
  std::vector<interest_delta_frame> deltas;
  while (auto delta = log.flush())
    deltas.push_back(std::move(*delta));
  CAF_REQUIRE_EQUAL(deltas.size(), 2u);
  CAF_CHECK_EQUAL(deltas[0].from_version, interest_log::delta_keys_max);
  CAF_CHECK_EQUAL(deltas[0].version, 2 * interest_log::delta_keys_max);
  CAF_CHECK(deltas[0].removes.empty());
  CAF_CHECK(encoded(deltas[0]).size() <= frame_length_max);
  CAF_CHECK_EQUAL(deltas[1].from_version, deltas[0].version);
  CAF_CHECK_EQUAL(deltas[1].adds.size(), 10u);
  CAF_CHECK(deltas[1].removes == key_list{1});
  CAF_CHECK_EQUAL(deltas[1].version, many + 1);
}

CAF_TEST(a key nobody wants cannot be let go) {
  auto log = new_log();
  log.unwant(7, start);
  log.want(7);
  log.unwant(7, start);
  log.unwant(7, start);
  CAF_CHECK_EQUAL(log.want(7), 1u);
  CAF_CHECK(log.tick(start + 1h).empty());
  CAF_CHECK(log.contains(7));
}

CAF_TEST(lingers differ by the jitter and equal seeds give equal ones) {
  const auto ends = [](std::uint64_t seed) {
    interest_log log{linger, seed};
    for (std::uint64_t key = 0; key < 100; ++key)
      log.want(key);
    log.flush();
    for (std::uint64_t key = 0; key < 100; ++key)
      log.unwant(key, start);
    key_list order;
    std::size_t steps = 0;
    for (auto now = start; now <= start + linger * 5 / 4; now += 100ms)
      if (auto delta = settle(log, now)) {
        order.insert(order.end(), delta->removes.begin(), delta->removes.end());
        ++steps;
      }
    CAF_CHECK_EQUAL(order.size(), 100u);
    CAF_CHECK(steps >= 8);
    return order;
  };
  CAF_CHECK(ends(5) == ends(5));
  CAF_CHECK(ends(5) != ends(6));
}

CAF_TEST(counts follow a multiset of channels) {
  CAF_CHECK(rc::check("wanted while the multiset or the linger holds it", [] {
    auto log = new_log();
    std::map<std::uint64_t, unsigned> channels;
    std::map<std::uint64_t, time_point> left;  // when the last channel of a key went
    std::set<std::uint64_t> told;              // what the deltas add up to
    std::uint64_t version = 0;
    auto now = start;
    const auto steps = *rc::gen::inRange(0, 200);
    for (int i = 0; i < steps; ++i) {
      const auto key = *rc::gen::inRange<std::uint64_t>(0, 6);
      switch (*rc::gen::inRange(0, 5)) {
      case 0: {
        const auto was = log.version_of(key);
        const auto got = log.want(key);
        RC_ASSERT((was == 0 ? got > version : got == was));
        ++channels[key];
        break;
      }
      case 1:
      case 2:
        if (channels[key] > 0 && --channels[key] == 0)
          left[key] = now;
        log.unwant(key, now);
        break;
      case 3:
        now += *rc::gen::inRange(0, 1500) * 1ms;
        for (const auto gone : log.tick(now))
          RC_ASSERT((channels[gone] == 0 && !told.contains(gone) && !log.contains(gone)));
        break;
      default:
        while (const auto delta = log.flush()) {
          RC_ASSERT(delta->from_version == version);
          RC_ASSERT(delta->version >= version + delta->adds.size() + delta->removes.size());
          version = delta->version;
          for (const auto add : delta->adds)
            RC_ASSERT(told.insert(add).second);
          for (const auto remove : delta->removes)
            RC_ASSERT((channels[remove] == 0 && told.erase(remove) == 1));
        }
        for (std::uint64_t each = 0; each < 6; ++each)
          RC_ASSERT(log.contains(each) == told.contains(each));
      }
      for (const auto& [each, count] : channels) {
        if (count > 0 || (left.contains(each) && now < left[each] + linger * 3 / 4))
          RC_ASSERT(log.contains(each));
        RC_ASSERT(log.announced(each) == told.contains(each));
      }
      RC_ASSERT(log.version() == version);
      RC_ASSERT(log.keys() == key_list(told.begin(), told.end()));
      RC_ASSERT(log.count() == told.size());
      RC_ASSERT(log.hash() == hash_of(told));
    }
    for (const auto& [key, count] : channels)
      for (unsigned each = 0; each < count; ++each)
        log.unwant(key, now);
    log.tick(now + linger * 5 / 4);
    log.flush();
    for (const auto& [key, count] : channels)
      RC_ASSERT(!log.contains(key));
  }));
}

namespace {

/// A log, one peer's view of it and the ordered stream between them.
struct followed_log {
  using item = std::variant<interest_delta_frame, interest_begin_frame, interest_chunk_frame,
                            interest_done_frame>;

  explicit followed_log(duration stay) : log{stay, 3} {}

  void send(item one) {
    stream.push_back(std::move(one));
  }
  void flush() {
    while (auto delta = log.flush())
      send(std::move(*delta));
  }
  void restart() {
    send(interest_begin_frame{});
    snapshot = log.keys();
    arriving = true;
  }
  void send_chunk(std::size_t size) {
    if (!arriving)
      return;
    interest_chunk_frame chunk;
    for (; size > 0 && !snapshot.empty(); --size, snapshot.pop_back())
      if (log.announced(snapshot.back()))
        chunk.keys.push_back(snapshot.back());
    send(std::move(chunk));
    if (!snapshot.empty())
      return;
    send(interest_done_frame{log.version(), log.count(), log.hash()});
    arriving = false;
  }
  void receive() {
    const auto one = std::move(stream.front());
    stream.pop_front();
    if (const auto* delta = std::get_if<interest_delta_frame>(&one))
      view.apply(slot, delta->adds, delta->removes);
    else if (const auto* chunk = std::get_if<interest_chunk_frame>(&one))
      view.apply(slot, chunk->keys, {});
    else if (const auto* done = std::get_if<interest_done_frame>(&one)) {
      view.done(slot);
      RC_ASSERT(view.count(slot) == done->count);
      RC_ASSERT(view.hash(slot) == done->hash);
    } else
      view.begin(slot);
  }
  /// A new session: what is under way is lost.
  void cut() {
    stream.clear();
    restart();
  }

  interest_log log;
  interest_view view;
  unsigned slot = view.open();
  std::deque<item> stream;
  key_list snapshot;
  bool arriving = false;
};

}  // namespace

CAF_TEST(a view that followed deltas and snapshots and restarts equals the log) {
  CAF_CHECK(rc::check("followed", [] {
    // Without a linger keys come and go between two flushes.
    followed_log both{*rc::gen::element<duration>(0s, linger)};
    std::map<std::uint64_t, unsigned> channels;
    auto now = start;
    both.restart();
    const auto steps = *rc::gen::inRange(0, 300);
    for (int i = 0; i < steps; ++i) {
      const auto key = *rc::gen::inRange<std::uint64_t>(0, 12);
      switch (*rc::gen::weightedElement<int>(
          {{6, 0}, {6, 1}, {4, 2}, {3, 3}, {4, 4}, {6, 5}, {1, 6}, {1, 7}})) {
      case 0:
        both.log.want(key);
        ++channels[key];
        break;
      case 1:
        if (channels[key] > 0) {
          --channels[key];
          both.log.unwant(key, now);
        }
        break;
      case 2:
        now += *rc::gen::inRange(0, 2000) * 1ms;
        both.log.tick(now);
        break;
      case 3:
        both.flush();
        break;
      case 4:
        both.send_chunk(*rc::gen::inRange<std::size_t>(1, 4));
        break;
      case 5:
        if (!both.stream.empty())
          both.receive();
        break;
      case 6:
        both.restart();
        break;
      default:
        both.cut();
      }
      // Nothing is ever kept from a peer that has acknowledged the key's version.
      if (both.stream.empty())
        for (const auto& [each, count] : channels)
          if (count > 0 && both.log.announced(each))
            RC_ASSERT(both.view.targets(each) == 1u);
    }
    both.flush();
    while (both.arriving)
      both.send_chunk(2);
    while (!both.stream.empty())
      both.receive();
    RC_ASSERT(!both.view.unknown(both.slot));
    RC_ASSERT(both.view.count(both.slot) == both.log.count());
    RC_ASSERT(both.view.hash(both.slot) == both.log.hash());
    RC_ASSERT(both.view.size() == both.log.count());
    for (std::uint64_t key = 0; key < 12; ++key)
      RC_ASSERT((both.view.targets(key) == 1u) == both.log.contains(key));
  }));
}
