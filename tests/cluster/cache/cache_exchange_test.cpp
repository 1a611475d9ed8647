#define CAF_SUITE cluster.cache_exchange

#include "cluster/cache/cache_exchange.hpp"

#include "tests/cluster/fake_sink.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::cluster;
using namespace std::literals;

namespace {

constexpr epoch_t self = 1;
constexpr std::uint64_t key = 77;
const channel_ref prices{0, "cache-prices"};

/// A node with two others, of which any may own the channel.
struct fixture {
  fixture() {
    peers.unlinked = {self};
    cache.set_candidates({{"n1", self}, {"n2", 2}, {"n3", 3}}, now);
  }
  event_frame event(std::uint64_t hlc) const {
    return {.app = 0, .key = key, .channel = prices.name, .event = "e", .hlc = hlc, .data = "42"};
  }
  cache_item_frame item(std::uint64_t hlc) const {
    return {key, 0, prices.name, true, "e", "42", hlc, 2, 60'000};
  }
  /// The owners but this node.
  std::vector<epoch_t> owners() const {
    std::vector<epoch_t> all;
    for (const unsigned rank : {0u, 1u})
      if (const auto owner = cache.placement().at(key, rank); owner != self)
        all.push_back(owner);
    return all;
  }

  time_point now{1000s};
  fake_sink peers;
  cache_exchange cache{{}, peers};
};

bool nobody(epoch_t) {
  return false;
}

}  // namespace

CAF_TEST_FIXTURE_SCOPE(cache_exchange_tests, fixture)

CAF_TEST(an own event is kept and goes to owners that do not get it anyway) {
  cache.on_published(key, encoded(frame{event(5)}), self, nobody, now);
  CAF_REQUIRE_EQUAL(peers.events.size(), owners().size());
  const auto split = split_frame(peers.events[0].second);
  const auto content = decode_frame(split.frame);
  CAF_REQUIRE(content);
  CAF_CHECK((std::get<event_frame>(*content).flags & event_flag::store_only) != 0);
  peers.events.clear();
  cache.on_published(
      key, encoded(frame{event(6)}), self, [](epoch_t) { return true; }, now);
  CAF_CHECK(peers.events.empty());
  CAF_REQUIRE(cache.find(prices, key, now));
  CAF_CHECK_EQUAL(cache.find(prices, key, now)->hlc, 6u);
}

CAF_TEST(what is no event is not kept) {
  cache.on_published(key, "rubbish", self, nobody, now);
  CAF_CHECK_EQUAL(cache.size(), 0u);
}

CAF_TEST(a ticket waits until all owners have answered) {
  CAF_REQUIRE(cache.wait(9, prices, key, now));
  const auto asked = peers.take<cache_get_frame>();
  CAF_REQUIRE_EQUAL(asked.size(), owners().size());
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const auto outcome = cache.on_item(asked[i].first, item(5), prices, now);
    CAF_CHECK_EQUAL(outcome.news, i == 0);
    CAF_CHECK_EQUAL(outcome.tickets.size(), i + 1 == asked.size() ? 1u : 0u);
  }
  CAF_CHECK(cache.tick(now + 1s).empty());
}

CAF_TEST(owners that do not answer or are gone are not waited for) {
  CAF_REQUIRE(cache.wait(9, prices, key, now));
  CAF_CHECK(cache.tick(now + 99ms).empty());
  CAF_CHECK(cache.tick(now + 100ms) == std::vector<std::uint64_t>{9});
  CAF_REQUIRE(cache.wait(10, prices, key, now));
  for (const auto owner : owners())
    cache.drop_peer(owner);
  CAF_CHECK(cache.tick(now) == std::vector<std::uint64_t>{10});
}

CAF_TEST(a ticket that was taken back does not come back) {
  CAF_REQUIRE(cache.wait(9, prices, key, now));
  cache.cancel(9, key);
  CAF_CHECK(cache.tick(now + 1s).empty());
}

CAF_TEST(nobody waits for owners that have no link) {
  peers.unlinked = {self, 2, 3};
  CAF_CHECK(!cache.wait(9, prices, key, now));
  CAF_CHECK(peers.pushed.empty());
}

CAF_TEST(a look up is answered when the owners have answered or by what is here) {
  cache.look_up(4, prices, key, false, now);
  auto found = cache.take_found(now);
  CAF_REQUIRE_EQUAL(found.size(), 1u);
  CAF_CHECK(!found[0].item);
  cache.look_up(5, prices, key, true, now);
  CAF_CHECK(cache.take_found(now).empty());
  for (const auto owner : owners())
    cache.on_item(owner, item(5), prices, now);
  found = cache.take_found(now);
  CAF_REQUIRE_EQUAL(found.size(), 1u);
  CAF_CHECK_EQUAL(found[0].id, 5u);
  CAF_REQUIRE(found[0].item);
  CAF_CHECK_EQUAL(found[0].item->data, "42");
}

CAF_TEST(who asks is told of nothing as well) {
  cache.on_get(2, {key, 7, prices.name}, std::nullopt, now);
  cache.on_get(2, {key, 7, prices.name}, prices, now);
  cache.keep(prices, key, event(5), self, now);
  cache.on_get(2, {key, 7, prices.name}, prices, now);
  const auto replies = peers.take<cache_item_frame>();
  CAF_REQUIRE_EQUAL(replies.size(), 3u);
  CAF_CHECK(!replies[0].second.found);
  CAF_CHECK_EQUAL(replies[0].second.app, 7u);
  CAF_CHECK(!replies[1].second.found);
  CAF_CHECK_EQUAL(replies[1].second.app, 0u);
  CAF_CHECK(replies[2].second.found);
}

CAF_TEST(the time of an event does not start again with each node) {
  cache.on_item(2, item(5), prices, now);
  CAF_CHECK(cache.find(prices, key, now + 59s));
  CAF_CHECK(!cache.find(prices, key, now + 61s));
}

CAF_TEST(a new owner is handed what is held) {
  cache.keep(prices, key, event(5), self, now);
  cache.set_candidates({{"n1", self}, {"n2", 22}, {"n3", 33}}, now);
  cache.tick(now);
  const auto handed = peers.take<cache_item_frame>();
  CAF_CHECK(handed.size() >= owners().size());
}

CAF_TEST(a peer that was away is offered what it wants in portions) {
  for (std::uint64_t k = 1; k <= 50; ++k) {
    auto e = event(5);
    e.key = k;
    cache.keep({0, std::to_string(k)}, k, e, self, now);
  }
  cache.offer(
      99, [](std::uint64_t) { return true; }, now);
  cache.tick(now);
  CAF_CHECK_EQUAL(peers.take<cache_item_frame>().size(), 20u);
  cache.tick(now);
  cache.tick(now);
  CAF_CHECK_EQUAL(peers.take<cache_item_frame>().size(), 30u);
}

CAF_TEST_FIXTURE_SCOPE_END()
