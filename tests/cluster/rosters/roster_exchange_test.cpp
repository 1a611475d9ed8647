#define CAF_SUITE cluster.roster_exchange

#include "cluster/rosters/roster_exchange.hpp"

#include "tests/cluster/fake_sink.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine::cluster;
using namespace std::literals;

namespace {

constexpr epoch_t n2 = 2;
constexpr epoch_t n3 = 3;
constexpr std::uint64_t key = 77;
const channel_ref room{0, "presence-room"};
const channel_ref namesake{1, "presence-room"};

roster_exchange::follower knows(epoch_t peer) {
  return {peer, true, 1};
}

struct fixture {
  fake_sink peers;
  roster_exchange rosters{peers};

  void join(const std::string& user, std::vector<roster_exchange::follower> followers) {
    rosters.join(room, key, {user, "{}", 1}, followers);
  }
  /// A part of n2 with one user, as an answer to the want of `version`.
  std::optional<remote_roster> part_of_n2(const std::string& user, std::uint64_t version) {
    roster_snapshot_frame f{.key = key, .version = 5, .answers = version};
    f.elements = {{user, "{}", 1}};
    return rosters.on_snapshot(n2, room, f);
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(roster_exchange_tests, fixture)

CAF_TEST(a join goes to the followers and to nobody else) {
  join("ada", {knows(n2), knows(n3)});
  const auto deltas = peers.take<roster_delta_frame>();
  CAF_REQUIRE_EQUAL(deltas.size(), 2u);
  CAF_CHECK_EQUAL(deltas[0].first, n2);
  CAF_CHECK_EQUAL(deltas[1].first, n3);
  CAF_CHECK_EQUAL(deltas[0].second.channel, room.name);
  CAF_CHECK_EQUAL(deltas[0].second.from, 0u);
  CAF_REQUIRE_EQUAL(deltas[0].second.joins.size(), 1u);
  CAF_CHECK_EQUAL(deltas[0].second.joins[0].user_id, "ada");
}

CAF_TEST(a follower that is not acknowledged is sent the part that a delta would start) {
  join("ada", {{n2, false, 9}});
  CAF_REQUIRE_EQUAL(peers.pushed.size(), 1u);
  const auto parts = peers.take<roster_snapshot_frame>();
  CAF_REQUIRE_EQUAL(parts.size(), 1u);
  CAF_CHECK_EQUAL(parts[0].second.answers, 9u);
  join("bob", {{n2, false, 9}});
  CAF_CHECK_EQUAL(peers.take<roster_delta_frame>().size(), 1u);
}

CAF_TEST(a leave of somebody who is not in says nothing) {
  CAF_CHECK(!rosters.leave(room, key, "ada", false, {knows(n2)}));
  join("ada", {knows(n2)});
  peers.pushed.clear();
  CAF_CHECK(!rosters.leave(room, key, "bob", false, {knows(n2)}));
  CAF_CHECK(peers.pushed.empty());
  CAF_CHECK(rosters.leave(room, key, "ada", true, {knows(n2)}));
  const auto deltas = peers.take<roster_delta_frame>();
  CAF_REQUIRE_EQUAL(deltas.size(), 1u);
  CAF_REQUIRE_EQUAL(deltas[0].second.leaves.size(), 1u);
  CAF_CHECK(deltas[0].second.leaves[0].moving);
}

CAF_TEST(only parts with somebody in them are sent) {
  rosters.want(room, key, 1);
  CAF_CHECK(!rosters.send_parts(n2, key, 1));
  join("ada", {});
  CAF_CHECK(rosters.send_parts(n2, key, 4));
  CAF_CHECK(!rosters.send_parts(n2, key + 1, 4));
  const auto parts = peers.take<roster_snapshot_frame>();
  CAF_REQUIRE_EQUAL(parts.size(), 1u);
  CAF_CHECK_EQUAL(parts[0].second.answers, 4u);
}

CAF_TEST(all parts end with the word that they are all) {
  join("ada", {});
  rosters.join({0, "presence-other"}, key + 1, {"bob", "{}", 1}, {});
  CAF_CHECK(rosters.send_all(
      n2, [](std::uint64_t k) { return k == key; }, 3));
  CAF_REQUIRE_EQUAL(peers.pushed.size(), 2u);
  CAF_CHECK(std::holds_alternative<roster_snapshot_frame>(peers.pushed[0].second));
  CAF_CHECK(peers.pushed[1].second == frame{roster_done_frame{3}});
}

CAF_TEST(a part of a channel that nobody here wants is not taken) {
  CAF_CHECK(!part_of_n2("ada", 1));
  rosters.want(room, key, 1);
  const auto news = part_of_n2("ada", 1);
  CAF_REQUIRE(news);
  CAF_CHECK(news->channel == room);
  CAF_CHECK_EQUAL(news->change.node, n2);
  CAF_CHECK_EQUAL(rosters.others(room, key).size(), 1u);
}

CAF_TEST(channels of one key are kept apart by their names) {
  rosters.want(room, key, 1);
  rosters.want(namesake, key, 2);
  CAF_REQUIRE(part_of_n2("ada", 1));
  CAF_CHECK(rosters.others(namesake, key).empty());
}

CAF_TEST(what others said is forgotten with the want) {
  rosters.want(room, key, 1);
  CAF_REQUIRE(part_of_n2("ada", 1));
  rosters.forget(key);
  CAF_CHECK(rosters.others(room, key).empty());
  CAF_CHECK(!part_of_n2("ada", 1));
}

CAF_TEST(a delta that does not continue the part asks once for all of them) {
  rosters.want(room, key, 1);
  CAF_REQUIRE(part_of_n2("ada", 1));
  roster_delta_frame f{.key = key, .from = 7, .to = 8};
  f.joins = {{"bob", "{}", 1}};
  CAF_CHECK(!rosters.on_delta(n2, room, f, 1));
  CAF_CHECK(!rosters.on_delta(n2, room, f, 1));
  CAF_CHECK_EQUAL(peers.take<roster_request_frame>().size(), 1u);
  CAF_CHECK_EQUAL(rosters.repairs(), 1u);
  rosters.on_done(n2, {1});
  rosters.on_digest(n2, 12345);
  CAF_CHECK_EQUAL(peers.take<roster_request_frame>().size(), 1u);
}

CAF_TEST(two nodes that hold the same have equal hashes) {
  fake_sink peers_of_n2;
  roster_exchange of_n2{peers_of_n2};
  of_n2.join(room, key, {"ada", "{}", 1}, {});
  of_n2.send_parts(1, key, 1);
  rosters.want(room, key, 1);
  const auto hash = of_n2.own_hash([](std::uint64_t) { return true; });
  rosters.on_digest(n2, hash);
  CAF_CHECK_EQUAL(rosters.repairs(), 1u);
  rosters.on_done(n2, {0});
  for (const auto& [to, part] : peers_of_n2.take<roster_snapshot_frame>())
    rosters.on_snapshot(n2, room, part);
  rosters.on_digest(n2, hash);
  CAF_CHECK_EQUAL(rosters.repairs(), 1u);
}

CAF_TEST(the parts of a peer that is gone are gone with the reason) {
  rosters.want(room, key, 1);
  CAF_REQUIRE(part_of_n2("ada", 1));
  const auto news = rosters.drop_peer(n2, roster_cause::departed, 4s);
  CAF_REQUIRE_EQUAL(news.size(), 1u);
  CAF_CHECK(news[0].cause == roster_cause::departed);
  CAF_CHECK(news[0].ago == 4s);
  CAF_CHECK_EQUAL(news[0].change.leaves.size(), 1u);
  CAF_CHECK(rosters.drop_peer(n2, roster_cause::died, {}).empty());
}

CAF_TEST_FIXTURE_SCOPE_END()
