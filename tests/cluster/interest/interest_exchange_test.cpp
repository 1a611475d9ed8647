#define CAF_SUITE cluster.interest_exchange

#include "cluster/interest/interest_exchange.hpp"

#include "tests/cluster/fake_sink.hpp"

#include "caf/test/dsl.hpp"

#include <cstdint>

using namespace grapevine::cluster;
using namespace std::literals;

namespace {

constexpr epoch_t n2 = 2;
constexpr epoch_t n3 = 3;
using keys = std::vector<std::uint64_t>;

struct fixture {
  fixture() {
    for (const auto epoch : {n2, n3})
      interest.add_peer(epoch, false);
  }
  /// Everything a peer has to say before it is known.
  void hear_all_of(epoch_t peer, const keys& wanted, std::uint64_t version) {
    std::uint64_t hash = 0;
    for (const auto k : wanted)
      hash ^= mix(k);
    interest.on_begin(peer);
    interest.on_chunk(peer, {version, wanted});
    interest.on_done(peer, {version, wanted.size(), hash});
  }
  void start(epoch_t peer) {
    interest.start(peer);
    interest.pump(peer);
  }
  std::vector<epoch_t> targets(std::uint64_t key) const {
    std::vector<epoch_t> all;
    interest.each_target(key, [&](epoch_t each) { all.push_back(each); });
    return all;
  }
  keys send_digests() {
    return interest.send_digests([](epoch_t) { return std::uint64_t{0}; }, now);
  }

  time_point now{1000s};
  fake_sink peers;
  interest_exchange interest{2s, 100ms, 1, peers};
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(interest_exchange_tests, fixture)

CAF_TEST(a peer whose wants are not known is sent everything) {
  CAF_CHECK(targets(5) == (std::vector<epoch_t>{n2, n3}));
  CAF_CHECK(!interest.knows(n2));
  CAF_CHECK(!interest.wanted_elsewhere(5));
  hear_all_of(n2, {6}, 1);
  CAF_CHECK(interest.knows(n2));
  CAF_CHECK(targets(5) == std::vector<epoch_t>{n3});
  CAF_CHECK(targets(6) == (std::vector<epoch_t>{n2, n3}));
  interest.drop_peer(n3);
  CAF_CHECK(targets(5).empty());
}

CAF_TEST(changes go to those who have begun to listen) {
  interest.want(5);
  interest.flush();
  CAF_CHECK(peers.pushed.empty());
  start(n2);
  peers.pushed.clear();
  interest.want(6);
  interest.flush();
  const auto deltas = peers.take<interest_delta_frame>();
  CAF_REQUIRE_EQUAL(deltas.size(), 1u);
  CAF_CHECK_EQUAL(deltas[0].first, n2);
  CAF_CHECK(deltas[0].second.adds == keys{6});
}

CAF_TEST(a start says the whole log between its marks) {
  interest.want(5);
  interest.flush();
  start(n2);
  CAF_REQUIRE_EQUAL(peers.pushed.size(), 3u);
  CAF_CHECK(std::holds_alternative<interest_begin_frame>(peers.pushed[0].second));
  CAF_CHECK(std::get<interest_chunk_frame>(peers.pushed[1].second).keys == keys{5});
  CAF_CHECK(peers.pushed[2].second == (frame{interest_done_frame{1, 1, mix(5)}}));
}

CAF_TEST(chunks wait while much is queued or the peer has no link) {
  interest.want(5);
  interest.flush();
  peers.queued = 256u << 10;
  start(n2);
  CAF_CHECK(peers.take<interest_chunk_frame>().empty());
  peers.queued = 0;
  peers.unlinked = {n2};
  interest.pump(n2);
  CAF_CHECK(peers.pushed.empty());
  peers.unlinked = {};
  interest.pump(n2);
  CAF_CHECK_EQUAL(peers.take<interest_chunk_frame>().size(), 1u);
}

CAF_TEST(a long log comes in several chunks) {
  for (std::uint64_t k = 1; k <= 5000; ++k)
    interest.want(k);
  interest.flush();
  start(n2);
  const auto chunks = peers.take<interest_chunk_frame>();
  CAF_REQUIRE_EQUAL(chunks.size(), 2u);
  CAF_CHECK_EQUAL(chunks[0].second.keys.size() + chunks[1].second.keys.size(), 5000u);
}

CAF_TEST(what is applied is acknowledged once) {
  hear_all_of(n2, {5}, 3);
  interest.acknowledge_all();
  interest.acknowledge_all();
  const auto acks = peers.take<interest_ack_frame>();
  CAF_REQUIRE_EQUAL(acks.size(), 1u);
  CAF_CHECK_EQUAL(acks[0].second.version, 3u);
  CAF_CHECK(interest.on_delta(n2, {3, 4, {6}, {5}}));
  CAF_CHECK_EQUAL(interest.applied(n2), 4u);
  interest.acknowledge_all();
  CAF_CHECK_EQUAL(peers.take<interest_ack_frame>().size(), 1u);
}

CAF_TEST(a delta that does not continue is not applied and asks for everything) {
  hear_all_of(n2, {5}, 3);
  peers.pushed.clear();
  CAF_CHECK(!interest.on_delta(n2, {7, 8, {6}, {}}));
  CAF_CHECK(!interest.wanted_by(n2, 6));
  CAF_CHECK_EQUAL(peers.take<interest_request_frame>().size(), 1u);
  CAF_CHECK_EQUAL(interest.repairs(), 1u);
}

CAF_TEST(a peer that has less than it says is asked for everything) {
  interest.on_begin(n2);
  interest.on_done(n2, {1, 2, 3});
  CAF_CHECK_EQUAL(peers.take<interest_request_frame>().size(), 1u);
}

CAF_TEST(a digest that agrees asks for nothing and says whether rosters can be compared) {
  hear_all_of(n2, {5}, 3);
  peers.pushed.clear();
  CAF_CHECK(interest.on_digest(n2, {3, 1, mix(5), interest.version(), 0}));
  CAF_CHECK(!interest.on_digest(n2, {3, 1, mix(5), interest.version() + 1, 0}));
  CAF_CHECK(peers.pushed.empty());
  interest.on_digest(n2, {3, 1, mix(6), 0, 0});
  CAF_CHECK_EQUAL(peers.take<interest_request_frame>().size(), 1u);
  CAF_CHECK(!interest.on_digest(n3, {3, 1, mix(5), interest.version(), 0}));
}

CAF_TEST(a digest follows a change by a second and then every ten) {
  start(n2);
  send_digests();
  CAF_CHECK(peers.take<digest_frame>().empty());
  now += 1s;
  send_digests();
  CAF_CHECK_EQUAL(peers.take<digest_frame>().size(), 1u);
  now += 9s;
  send_digests();
  CAF_CHECK(peers.take<digest_frame>().empty());
  interest.note_change(n2);
  send_digests();
  now += 1s;
  send_digests();
  CAF_CHECK_EQUAL(peers.take<digest_frame>().size(), 1u);
}

CAF_TEST(subscriptions wait for peers that count and for no others) {
  start(n2);
  interest.await_acks(n2);
  const auto version = interest.want(5);
  interest.flush();
  interest.barrier().wait(1, version, now);
  CAF_CHECK(interest.barrier().release(now).empty());
  interest.on_ack(n2, {version});
  CAF_CHECK(interest.barrier().release(now) == keys{1});
  interest.barrier().wait(2, version + 1, now);
  interest.ignore_acks(n2);
  CAF_CHECK(interest.barrier().release(now) == keys{2});
}

CAF_TEST(nobody can acknowledge what was not said) {
  start(n2);
  interest.on_ack(n2, {1000});
  CAF_CHECK_EQUAL(interest.acked(n2), interest.version());
}

CAF_TEST(a peer that was forgotten is so until it begins again) {
  interest.add_peer(4, true);
  CAF_CHECK(interest.forgotten(4));
  interest.on_begin(4);
  CAF_CHECK(!interest.forgotten(4));
}

CAF_TEST(frames of a peer that is not here do nothing) {
  interest.on_begin(9);
  interest.on_chunk(9, {1, {5}});
  interest.on_done(9, {1, 1, 1});
  CAF_CHECK(!interest.on_delta(9, {1, 2, {5}, {}}));
  CAF_CHECK(peers.pushed.empty());
  CAF_CHECK(!interest.wanted_elsewhere(5));
}

CAF_TEST_FIXTURE_SCOPE_END()
