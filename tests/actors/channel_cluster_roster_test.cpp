#define CAF_SUITE actors.channel_cluster_roster

#include "channel_cluster_fixture.hpp"

using namespace grapevine::actors;
using namespace std::chrono_literals;
namespace protocol = grapevine::protocol;
namespace cluster = grapevine::cluster;
namespace flag = grapevine::cluster::event_flag;

namespace {

const std::string room = "presence-room";

struct fixture : channel_cluster_fixture {
  static std::string added(const std::string& user_id) {
    return R"({"event":"pusher_internal:member_added","channel":"presence-room","data":"{\"user_id\":\")"
           + user_id + R"(\",\"user_info\":{}}"})";
  }
  static std::string removed(const std::string& user_id) {
    return R"({"event":"pusher_internal:member_removed","channel":"presence-room","data":"{\"user_id\":\")"
           + user_id + R"(\"}"})";
  }
  /// Ada on socket 1, with all that led to it forgotten.
  calls::want ada_is_in(std::vector<cluster::roster_change> roster = {}) {
    auto want = open(room, 1, ada, std::move(roster));
    next_said<calls::roster_join>();
    next<add_subscriber>();
    shards[0]->clear();
    return want;
  }
  std::size_t users() {
    return *ask<protocol::channel_info>(describe{{0, room}, {.user_count = true}}).user_count;
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(channel_cluster_roster_tests, fixture)

CAF_TEST(the first member finds those of other nodes) {
  enter(room, 1, ada);
  const auto want = next_said<calls::want>();
  ready(want, {part(other, {{"7", R"({"name":"Bob"})", 3}})});
  const auto text = payload(next<add_subscriber>().acknowledgement);
  CAF_CHECK(text.find(R"(\"count\":2)") != std::string::npos);
  CAF_CHECK(text.find(R"(\"7\":{\"name\":\"Bob\"})") != std::string::npos);
  CAF_CHECK(text.find(R"(\"42\":{\"name\":\"Ada\"})") != std::string::npos);
  CAF_CHECK_EQUAL(users(), 2u);
}

CAF_TEST(a member is on his way to the other nodes before his client is told that he is in) {
  local.ports[0] = &patient_port;
  enter(room, 1, ada);
  CAF_CHECK(heard->empty());
  patient_port.flush();
  consume_messages();
  ready(next_said<calls::want>());
  CAF_CHECK_EQUAL(next_said<calls::roster_join>().who.user_id, "42");
  next<add_subscriber>();
}

CAF_TEST(a user is shared with the other nodes by the first socket and taken back by the last) {
  open(room, 1, ada);
  const auto joined = next_said<calls::roster_join>();
  CAF_CHECK_EQUAL(joined.key, port.key_of({0, room}));
  CAF_CHECK_EQUAL(joined.channel.name, room);
  CAF_CHECK_EQUAL(joined.who.user_id, "42");
  CAF_CHECK_EQUAL(joined.who.user_info, R"({"name":"Ada"})");
  CAF_CHECK(joined.who.hlc > 0);
  enter(room, 2, ada);
  enter(room, 1, ada, 0, true);
  exit(room, 1);
  CAF_CHECK(heard->empty());
  enter(room, 3, bob);
  const auto second = next_said<calls::roster_join>();
  CAF_CHECK_EQUAL(second.who.user_id, "7");
  CAF_CHECK(second.who.hlc > joined.who.hlc);
  exit(room, 2);
  const auto left = next_said<calls::roster_leave>();
  CAF_CHECK_EQUAL(left.key, joined.key);
  CAF_CHECK_EQUAL(left.user_id, "42");
  CAF_CHECK(!left.moving);
  CAF_CHECK(heard->empty());
}

CAF_TEST(the last member takes himself back before the channel is given up) {
  const auto want = ada_is_in();
  exit(room, 1);
  CAF_CHECK_EQUAL(next_said<calls::roster_leave>().user_id, "42");
  CAF_CHECK_EQUAL(next_said<calls::unwant>().ticket, want.ticket);
  CAF_CHECK(heard->empty());
  CAF_CHECK_EQUAL(users(), 0u);
}

CAF_TEST(who is sent away by a node that drains is expected elsewhere) {
  ada_is_in();
  enter(room, 2, bob);
  next_said<calls::roster_join>();
  shards[0]->clear();
  drains = true;
  exit(room, 2);
  CAF_CHECK(next_said<calls::roster_leave>().moving);
  pass(2900ms);
  CAF_CHECK(shards[0]->empty());
  pass(100ms);
  CAF_CHECK_EQUAL(next_event(), removed("7"));
}

CAF_TEST(arrivals and departures elsewhere are announced here and told to nobody else) {
  ada_is_in();
  from_others({news(room, part(other, {{"7", "", 3}}))});
  const auto arrival = next<deliver>();
  CAF_CHECK_EQUAL(payload(arrival.frame), added("7"));
  CAF_CHECK(!arrival.except);
  CAF_CHECK_EQUAL(users(), 2u);
  from_others({news(room, part(other, {}, {{"7", false}}))});
  CAF_CHECK(shards[0]->empty());
  pass(250ms);
  CAF_CHECK_EQUAL(next_event(), removed("7"));
  CAF_CHECK_EQUAL(users(), 1u);
  CAF_CHECK(heard->empty());
}

CAF_TEST(a member elsewhere is announced before what he says) {
  ada_is_in();
  auto shout = event(room, "{}");
  shout.event = "client-hello";
  shout.flags = flag::client_event | flag::has_user_id;
  shout.user_id = "7";
  auto later = event(room, "2");
  from_others({news(room, part(other, {{"7", "", 3}})), shout, later,
               news(room, part(third, {{"8", "", 4}})), later});
  CAF_CHECK_EQUAL(next_event(), added("7"));
  CAF_CHECK(next_event().find("client-hello") != std::string::npos);
  CAF_CHECK(next_event().find(R"("data":"2")") != std::string::npos);
  CAF_CHECK_EQUAL(next_event(), added("8"));
  CAF_CHECK(next_event().find(R"("data":"2")") != std::string::npos);
}

CAF_TEST(moving from node to node is no event) {
  ada_is_in({part(other, {{"7", "", 3}})});
  from_others({news(room, part(other, {}, {{"7", false}}))});
  pass(200ms);
  from_others({news(room, part(third, {{"7", "", 9}}))});
  pass(10s);
  CAF_CHECK(shards[0]->empty());
  // Nor is coming here, nor going from here to there.
  from_others({news(room, part(third, {}, {{"7", false}}))});
  enter(room, 2, bob);
  next<add_subscriber>();
  exit(room, 2);
  from_others({news(room, part(other, {{"7", "", 12}}))});
  pass(10s);
  CAF_CHECK(shards[0]->empty());
  CAF_CHECK_EQUAL(users(), 2u);
}

CAF_TEST(a user of two nodes is removed when he has left both) {
  ada_is_in();
  from_others({news(room, part(other, {{"42", "", 3}}))});
  enter(room, 2, bob);
  next<add_subscriber>();
  CAF_CHECK_EQUAL(next_event(), added("7"));
  exit(room, 1);
  pass(1s);
  CAF_CHECK(shards[0]->empty());
  from_others({news(room, part(other, {}, {{"42", false}}))});
  pass(250ms);
  CAF_CHECK_EQUAL(next_event(), removed("42"));
}

CAF_TEST(the members of a dead node are gone at once and those of a node that left are expected) {
  local.roster.members_max = 3;
  ada_is_in({part(other, {{"7", "", 3}}), part(third, {{"8", "", 3}})});
  from_others({news(room, part(third, {}, {{"8", false}}), cluster::roster_cause::departed),
               news(room, part(other, {}, {{"7", false}}), cluster::roster_cause::died)});
  CAF_CHECK_EQUAL(next_event(), removed("7"));
  CAF_CHECK(shards[0]->empty());
  pass(2900ms);
  CAF_CHECK(shards[0]->empty());
  pass(100ms);
  CAF_CHECK_EQUAL(next_event(), removed("8"));
}

CAF_TEST(a channel that is full elsewhere refuses and is given up) {
  enter(room, 1, ada);
  const auto want = next_said<calls::want>();
  ready(want, {part(other, {{"7", "", 3}, {"9", "", 4}})});
  CAF_CHECK_EQUAL(next<refuse_subscriber>().status, 4100);
  CAF_CHECK_EQUAL(next_said<calls::unwant>().ticket, want.ticket);
  CAF_CHECK(heard->empty());
  exit(room, 1);
  CAF_CHECK(heard->empty());
  enter(room, 2, bob);  // who is present elsewhere is never refused
  ready(next_said<calls::want>(), {part(other, {{"7", "", 3}, {"9", "", 4}})});
  next<add_subscriber>();
}

CAF_TEST(a full channel that somebody is in stays wanted) {
  ada_is_in({part(other, {{"7", "", 3}})});
  enter(room, 2, eve);
  next<refuse_subscriber>();
  exit(room, 2);
  CAF_CHECK(heard->empty());
  from_others({event(room, "1")});
  next<deliver>();
}

CAF_TEST(all who wait for a full channel are refused before it is given up) {
  enter(room, 1, ada);
  enter(room, 2, ada);
  exit(room, 1);
  const auto want = next_said<calls::want>();
  ready(want, {part(other, {{"7", "", 3}, {"9", "", 4}})});
  next<refuse_subscriber>();
  next<refuse_subscriber>();
  CAF_CHECK_EQUAL(next_said<calls::unwant>().ticket, want.ticket);
  CAF_CHECK(heard->empty());
  CAF_CHECK_EQUAL(channels(), 0u);
}

CAF_TEST(a roster that comes back begins with what the cluster says now) {
  ada_is_in({part(other, {{"7", "", 3}})});
  exit(room, 1);
  heard->clear();
  from_others({news(room, part(third, {{"8", "", 3}}))});  // for the want before: nobody is in
  CAF_CHECK(shards[0]->empty());
  enter(room, 2, bob);
  const auto want = next_said<calls::want>();
  from_others({news(room, part(third, {{"8", "", 3}}))});
  ready(want, {});
  const auto text = payload(next<add_subscriber>().acknowledgement);
  CAF_CHECK(text.find(R"(\"ids\":[\"7\"])") != std::string::npos);
  next<deliver>();
  pass(10s);
  CAF_CHECK(shards[0]->empty());
}

CAF_TEST(members that wait for the cluster see each other in order) {
  enter(room, 1, ada);
  enter(room, 2, bob);
  exit(room, 1);
  const auto want = next_said<calls::want>();
  ready(want);
  CAF_CHECK(payload(next<add_subscriber>().acknowledgement).find(R"(\"count\":1)")
            != std::string::npos);
  next<deliver>();
  CAF_CHECK(payload(next<add_subscriber>().acknowledgement).find(R"(\"count\":2)")
            != std::string::npos);
  CAF_CHECK_EQUAL(next_event(), added("7"));
  CAF_CHECK_EQUAL(next_said<calls::roster_join>().who.user_id, "42");
  CAF_CHECK_EQUAL(next_said<calls::roster_join>().who.user_id, "7");
  CAF_CHECK_EQUAL(next_said<calls::roster_leave>().user_id, "42");
  pass(250ms);
  CAF_CHECK_EQUAL(next_event(), removed("42"));
  CAF_CHECK(heard->empty());
}

CAF_TEST(who joins here later is stamped later than those elsewhere though their clock is ahead) {
  const auto ahead = port.stamp() + (std::uint64_t{30'000} << 16);
  open(room, 1, ada, {part(other, {{"42", "", ahead}})});
  CAF_CHECK(next_said<calls::roster_join>().who.hlc > ahead);
  from_others({news(room, part(other, {{"9", "", ahead + 1000}}))});
  exit(room, 1);
  next_said<calls::roster_leave>();
  next_said<calls::unwant>();
  enter(room, 2, bob);
  ready(next_said<calls::want>());
  CAF_CHECK(next_said<calls::roster_join>().who.hlc > ahead + 1000);
}

CAF_TEST_FIXTURE_SCOPE_END()
