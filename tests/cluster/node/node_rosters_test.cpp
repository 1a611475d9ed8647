#define CAF_SUITE cluster.node_rosters

#include "tests/cluster/node/node_net.hpp"

#include <algorithm>
#include <map>
#include <set>

using namespace grapevine::cluster;
using namespace std::literals;

namespace {

const std::string room = "presence-room";

struct fixture {
  node_net net;

  static std::string describe(const roster_change& change) {
    std::string text;
    for (const auto& each : change.joins)
      text += "+" + each->user_id;
    for (const auto& each : change.leaves)
      text += (each.moving ? "~" : "-") + each.user_id;
    return text;
  }
  /// The changes since the last time, as "+joined -left ~moving" of the node's.
  static std::string news(test_node& n, const test_node& of,
                          roster_cause cause = roster_cause::normal) {
    std::string all;
    for (const auto& each : n.take<remote_roster>()) {
      CAF_CHECK_EQUAL(each.channel.name, room);
      CAF_CHECK_EQUAL(each.change.node, of.epoch);
      CAF_CHECK(each.cause == cause);
      all += describe(each.change);
    }
    return all;
  }
  /// Wants the room; what the answer's roster says of others.
  std::string enter(test_node& n, std::uint64_t ticket = 1) {
    n.want(ticket, room, true);
    net.settle();
    const auto ready = n.take<channel_ready>();
    CAF_REQUIRE_EQUAL(ready.size(), 1u);
    n.take<remote_roster>();
    std::string text;
    for (const auto& part : ready[0].roster)
      text += describe(part);
    return text;
  }
  void no_repairs(std::vector<test_node*> nodes) {
    net.run(15s);  // what all hold is compared meanwhile
    for (auto* n : nodes) {
      CAF_CHECK_EQUAL(n->core.stats().interest_repairs, 0u);
      CAF_CHECK_EQUAL(n->core.stats().roster_repairs, 0u);
    }
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(node_rosters_tests, fixture)

CAF_TEST(the answer to a want has everybody who is there) {
  auto& n1 = net.start("n1");
  auto& n2 = net.start("n2");
  auto& n3 = net.start("n3");
  net.form();
  enter(n2);
  n2.join(room, "ada", R"({"name":"Ada"})");
  n2.join(room, "bob");
  CAF_CHECK_EQUAL(enter(n3), "+ada+bob");
  n3.join(room, "eve");
  CAF_CHECK_EQUAL(enter(n1), "+ada+bob+eve");
  no_repairs({&n1, &n2, &n3});
}

CAF_TEST(joins and leaves are heard where the channel is wanted) {
  auto& n1 = net.start("n1");
  auto& n2 = net.start("n2");
  auto& n3 = net.start("n3");
  net.form();
  enter(n1);
  enter(n2);
  n2.join(room, "ada", R"({"name":"Ada"})");
  net.settle();
  const auto joined = n1.take<remote_roster>();
  CAF_REQUIRE_EQUAL(joined.size(), 1u);
  CAF_REQUIRE_EQUAL(joined[0].change.joins.size(), 1u);
  CAF_CHECK_EQUAL(joined[0].change.joins[0]->user_info, R"({"name":"Ada"})");
  CAF_CHECK_EQUAL(joined[0].change.joins[0]->hlc, 1u);
  n2.join(room, "bob");
  n2.part(room, "ada");
  n2.part(room, "bob", true);
  n2.part(room, "nobody");
  net.settle();
  CAF_CHECK_EQUAL(news(n1, n2), "+bob-ada~bob");
  CAF_CHECK(n2.take<remote_roster>().empty());
  CAF_CHECK(n3.take<remote_roster>().empty());
  no_repairs({&n1, &n2, &n3});
}

CAF_TEST(a member is heard of before what he says) {
  auto& n1 = net.start("n1");
  auto& n2 = net.start("n2");
  net.form();
  enter(n1);
  enter(n2);
  n1.log.clear();
  n2.join(room, "ada");
  n2.publish({.flags = event_flag::client_event | event_flag::has_user_id,
              .channel = room,
              .event = "client-hello",
              .user_id = "ada",
              .data = "{}"});
  n2.part(room, "ada");
  net.settle();
  CAF_REQUIRE_EQUAL(n1.log.size(), 3u);
  CAF_CHECK(std::holds_alternative<remote_roster>(n1.log[0]));
  CAF_CHECK(std::holds_alternative<remote_event>(n1.log[1]));
  CAF_CHECK(std::holds_alternative<remote_roster>(n1.log[2]));
}

CAF_TEST(two nodes that begin a channel at once hear of each other) {
  auto& n1 = net.start("n1");
  auto& n2 = net.start("n2");
  net.form();
  for (auto* n : {&n1, &n2})
    n->want(1, room, true);
  for (auto* n : {&n1, &n2})
    n->join(room, n == &n1 ? "ada" : "bob");
  net.settle();
  for (auto* n : {&n1, &n2}) {
    const auto& other = n == &n1 ? n2 : n1;
    // Either with the answer or behind it.
    std::string seen;
    for (const auto& each : n->log) {
      if (const auto* ready = std::get_if<channel_ready>(&each)) {
        seen.clear();
        for (const auto& part : ready->roster)
          seen += describe(part);
      } else if (const auto* change = std::get_if<remote_roster>(&each)) {
        CAF_CHECK_EQUAL(change->change.node, other.epoch);
        seen += describe(change->change);
      }
    }
    CAF_CHECK_EQUAL(seen, n == &n1 ? "+bob" : "+ada");
  }
  no_repairs({&n1, &n2});
}

CAF_TEST(a large roster comes in pieces and is one) {
  auto& n1 = net.start("n1");
  auto& n2 = net.start("n2");
  net.form();
  enter(n2);
  const std::string info = "\"" + std::string(10'000, 'i') + "\"";
  for (int i = 0; i < 100; ++i)
    n2.join(room, "user-" + std::to_string(i), info);
  n1.want(1, room, true);
  net.settle();
  const auto ready = n1.take<channel_ready>();
  CAF_REQUIRE_EQUAL(ready.size(), 1u);
  CAF_REQUIRE_EQUAL(ready[0].roster.size(), 1u);
  CAF_CHECK_EQUAL(ready[0].roster[0].joins.size(), 100u);
  no_repairs({&n1, &n2});
}

CAF_TEST(a channel that is not wanted any more is begun afresh) {
  auto& n1 = net.start("n1");
  auto& n2 = net.start("n2");
  net.form();
  enter(n1);
  enter(n2);
  n2.join(room, "ada");
  net.settle();
  n1.unwant(1, room);
  net.run(4s);
  n1.take<remote_roster>();
  n2.join(room, "bob");
  n2.part(room, "ada");
  net.settle();
  CAF_CHECK(n1.take<remote_roster>().empty());
  CAF_CHECK_EQUAL(enter(n1, 2), "+bob");
  no_repairs({&n1, &n2});
}

CAF_TEST(a channel that comes back before it was given up has the roster of now) {
  auto& n1 = net.start("n1");
  auto& n2 = net.start("n2");
  net.form();
  enter(n1);
  enter(n2);
  n2.join(room, "ada");
  net.settle();
  n1.unwant(1, room);
  net.run(1s);
  n2.join(room, "bob");
  n2.part(room, "ada");
  net.settle();
  CAF_CHECK_EQUAL(enter(n1, 2), "+bob");
  no_repairs({&n1, &n2});
}

CAF_TEST(a node that joins later hears of all in the channels it wants) {
  auto& n1 = net.start("n1");
  auto& n2 = net.start("n2");
  enter(n1);
  enter(n2);
  n1.join(room, "ada");
  n2.join(room, "bob");
  net.form();
  CAF_CHECK_EQUAL(news(n1, n2), "+bob");
  CAF_CHECK_EQUAL(news(n2, n1), "+ada");
  no_repairs({&n1, &n2});
}

// -- nodes that go

CAF_TEST(the members of a node that died are gone) {
  auto& n1 = net.start("n1");
  auto& n2 = net.start("n2");
  net.form();
  enter(n1);
  enter(n2);
  n2.join(room, "ada");
  net.settle();
  n1.take<remote_roster>();
  net.kill(n2);
  net.run(1s);
  CAF_CHECK(n1.take<remote_roster>().empty());
  net.run(2s);
  CAF_CHECK_EQUAL(news(n1, n2, roster_cause::died), "-ada");
  CAF_CHECK_EQUAL(enter(n1, 2), "");
}

CAF_TEST(the members of a node that was restarted or left are expected back) {
  auto& n1 = net.start("n1");
  auto& n2 = net.start("n2");
  net.form();
  enter(n1);
  enter(n2);
  n2.join(room, "ada");
  net.settle();
  n1.take<remote_roster>();
  net.kill(n2);
  auto& again = net.start("n2");
  net.run(1s);
  CAF_CHECK(again.linked_to(n1));
  CAF_CHECK_EQUAL(news(n1, n2, roster_cause::departed), "-ada");
  CAF_CHECK_EQUAL(enter(again), "");
  again.join(room, "ada");
  net.settle();
  CAF_CHECK_EQUAL(news(n1, again), "+ada");
  again.call(calls::leave{});
  net.run(100ms);
  CAF_CHECK_EQUAL(news(n1, again, roster_cause::departed), "-ada");
}

CAF_TEST(the grace of a restarted node runs from when it was last heard) {
  auto& n1 = net.start("n1");
  auto& n2 = net.start("n2");
  net.form();
  enter(n1);
  enter(n2);
  n2.join(room, "ada");
  net.settle();
  n1.take<remote_roster>();
  net.kill(n2);
  net.run(1500ms);
  CAF_CHECK(n1.take<remote_roster>().empty());
  net.start("n2");
  net.run(1s);
  const auto lost = n1.take<remote_roster>();
  CAF_REQUIRE_EQUAL(lost.size(), 1u);
  CAF_CHECK(lost[0].cause == roster_cause::departed);
  CAF_CHECK(lost[0].ago >= 1500ms && lost[0].ago < 2500ms);
}

// -- at random

// Three nodes come and go in a channel, with their users, over links that are cut; what each was
// told has to be the truth when all is quiet.
CAF_TEST(what a node is told of a roster is the truth in the end) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    node_net world;
    random_source random{seed};
    std::vector<test_node*> nodes;
    for (const auto* name : {"n1", "n2", "n3"})
      nodes.push_back(&world.start(name));
    world.form();
    std::map<test_node*, std::set<std::string>> here;
    std::map<test_node*, std::uint64_t> ticket;
    std::map<test_node*, bool> ready;
    std::map<test_node*, std::map<epoch_t, std::set<std::string>>> seen;
    const auto apply = [&](test_node* n, const roster_change& change) {
      auto& part = seen[n][change.node];
      for (const auto& each : change.leaves)
        part.erase(each.user_id);
      for (const auto& each : change.joins)
        part.insert(each->user_id);
    };
    const auto hear = [&] {
      for (auto* n : nodes)
        for (const auto& each : std::exchange(n->log, {}))
          if (const auto* answer = std::get_if<channel_ready>(&each)) {
            if (answer->ticket != ticket[n])
              continue;
            ready[n] = true;
            seen[n].clear();
            for (const auto& part : answer->roster)
              apply(n, part);
          } else if (const auto* change = std::get_if<remote_roster>(&each)) {
            if (ready[n])
              apply(n, change->change);
          }
    };
    std::uint64_t tickets = 0;
    for (int step = 0; step < 150; ++step) {
      auto* n = nodes[random.below(3)];
      const auto user = "u" + std::to_string(random.below(4));
      switch (random.below(8)) {
      case 0:
        if (ticket[n] == 0)
          n->want(ticket[n] = ++tickets, room, true);
        break;
      case 1:
        if (ticket[n] != 0 && here[n].empty()) {
          n->unwant(std::exchange(ticket[n], 0), room);
          ready[n] = false;
        }
        break;
      case 2:
        if (auto* other = nodes[random.below(3)]; other != n)
          world.cut(*n, *other, &random);
        break;
      case 3:
        world.run(std::chrono::milliseconds{random.below(1500)});
        break;
      default:
        if (!ready[n])
          break;
        if (here[n].erase(user) == 0) {
          here[n].insert(user);
          n->join(room, user);
        } else {
          n->part(room, user);
        }
      }
      if (random.below(2) == 0)
        world.settle();
      hear();
    }
    world.run(10s);
    hear();
    for (auto* n : nodes) {
      CAF_CHECK_EQUAL(n->core.stats().deaths, 0u);
      CAF_CHECK_EQUAL(n->core.stats().roster_repairs, 0u);
      CAF_CHECK_EQUAL(n->core.stats().interest_repairs, 0u);
      if (ticket[n] == 0)
        continue;
      CAF_CHECK(ready[n]);
      for (auto* other : nodes)
        if (other != n && seen[n][other->epoch] != here[other])
          CAF_ERROR("with seed " << seed << " " << n->name << " is wrong about " << other->name);
    }
  }
}

CAF_TEST_FIXTURE_SCOPE_END()
