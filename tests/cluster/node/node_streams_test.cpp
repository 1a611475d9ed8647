#define CAF_SUITE cluster.node_streams

#include "tests/cluster/node/node_net.hpp"

using namespace grapevine::cluster;
using namespace std::literals;

namespace {

struct fixture {
  node_net net;

  static std::string numbers(int from, int to) {
    std::string all;
    for (int i = from; i < to; ++i)
      all += (i == from ? "" : " ") + std::to_string(i);
    return all;
  }
  std::vector<member_state> states(test_node& n, const test_node& of) {
    std::vector<member_state> all;
    for (const auto& each : n.take<member_news>())
      if (each.name == of.name)
        all.push_back(each.to);
    return all;
  }
};

}  // namespace

CAF_TEST_FIXTURE_SCOPE(node_streams_tests, fixture)

// -- links

CAF_TEST(a link that is lost again and again loses and doubles nothing) {
  auto& n1 = net.start("n1");
  auto& n2 = net.start("n2");
  net.form();
  n1.want(1, "to-1");
  n2.want(1, "to-2");
  net.settle();
  random_source random{3};
  int sent = 0;
  for (int round = 0; round < 60; ++round) {
    for (auto n = random.below(20); n > 0; --n) {
      n1.publish("to-2", std::to_string(sent));
      n2.publish("to-1", std::to_string(sent++));
    }
    net.cut(n1, n2, &random);
    net.run(std::chrono::milliseconds{random.below(200)});
  }
  net.run(1s);
  CAF_CHECK_EQUAL(n1.take_data(), numbers(0, sent));
  CAF_CHECK_EQUAL(n2.take_data(), numbers(0, sent));
  for (auto* n : {&n1, &n2}) {
    CAF_CHECK(n->core.stats().resumes > 10);
    CAF_CHECK_EQUAL(n->core.stats().resyncs, 1u);  // the first link
    CAF_CHECK_EQUAL(n->core.stats().deaths, 0u);
    CAF_CHECK_EQUAL(n->core.stats().gaps, 0u);
  }
}

CAF_TEST(a want made while the link is down is known when it is up) {
  auto& n1 = net.start("n1");
  auto& n2 = net.start("n2");
  net.form();
  net.cut(n1, n2);
  n1.want(1, "orders");
  CAF_CHECK_EQUAL(n1.take<channel_ready>().size(), 1u);  // who is not linked is not waited for
  n2.publish("orders", "early");
  net.run(500ms);
  CAF_CHECK(n1.linked_to(n2));
  n2.publish("orders", "1");
  net.settle();
  CAF_CHECK_EQUAL(n1.take_data(), "1");
}

CAF_TEST(a full queue leaves events out and says how many) {
  auto tight = net.settings("n1");
  tight.session.soft = 50'000;
  tight.session.hard = 100'000;
  auto& n1 = net.start(std::move(tight));
  auto& n2 = net.start("n2");
  net.form();
  n2.want(1, "orders");
  net.settle();
  net.cut(n1, n2);
  const std::string data(1000, 'x');
  for (int i = 0; i < 500; ++i)
    n1.publish("orders", data);
  CAF_CHECK(n1.core.stats().queue_bytes <= 110'000u);
  std::vector<link_news_kind> told;
  for (const auto& each : n1.take<link_news>())
    told.push_back(each.what);
  CAF_CHECK((told == std::vector{link_news_kind::up, link_news_kind::down, link_news_kind::slow}));
  n1.publish("orders", "last");
  net.run(500ms);
  const auto got = n2.take<remote_event>();
  CAF_REQUIRE(!got.empty());
  CAF_CHECK_EQUAL(got.back().data, "last");
  CAF_CHECK(n2.core.stats().gaps > 0);
  CAF_CHECK_EQUAL(got.size() + n2.core.stats().gaps, 501u);
  CAF_CHECK_EQUAL(n1.core.stats().events_dropped, n2.core.stats().gaps);
}

CAF_TEST(events that wait beside more state than is kept arrive all the same) {
  auto tight = net.settings("n1");
  tight.session.state_max = 10'000;
  auto& n1 = net.start(std::move(tight));
  auto& n2 = net.start("n2");
  net.form();
  n2.want(1, "orders");
  net.settle();
  net.cut(n1, n2);
  n1.publish("orders", "1");
  for (unsigned i = 0; i < 500; ++i)
    n1.want(100 + i, "other-" + std::to_string(i));
  n1.publish("orders", "2");
  CAF_CHECK(n1.core.stats().queue_bytes < 40'000);
  net.run(500ms);
  CAF_CHECK_EQUAL(n2.take_data(), "1 2");
  CAF_CHECK_EQUAL(n2.core.stats().unknown_app, 0u);
  const auto peers = n2.core.peers();
  CAF_REQUIRE_EQUAL(peers.size(), 1u);
  CAF_CHECK_EQUAL(peers[0].interest_keys, 500u);
}

CAF_TEST(a peer that consumes nothing costs its window and loses its link) {
  auto small = net.settings("n1");
  small.session.window = 20'000;
  auto& n1 = net.start(std::move(small));
  auto& n2 = net.start("n2");
  net.form();
  n2.want(1, "orders");
  net.settle();
  n2.gives_credit = false;
  const std::string data(1000, 'x');
  for (int i = 0; i < 100; ++i)
    n1.publish("orders", data);
  net.settle();
  const auto arrived = n2.take<remote_event>().size();
  CAF_CHECK(arrived >= 15 && arrived < 100);
  net.run(9s);
  CAF_CHECK(n1.linked_to(n2));
  CAF_CHECK_EQUAL(n1.core.stats().suspicions, 0u);
  n1.take<link_news>();
  net.run(2s);
  const auto news = n1.take<link_news>();
  CAF_REQUIRE(!news.empty());
  CAF_CHECK(news[0].what == link_news_kind::down);
}

// -- verdicts

CAF_TEST(a node that was declared dead and comes back is told everything again) {
  auto& n1 = net.start("n1");
  auto& n2 = net.start("n2");
  net.form();
  for (auto* n : {&n1, &n2}) {
    n->want(1, "presence-room", true);
    net.settle();
    n->join("presence-room", n->name);
  }
  net.settle();
  n1.log.clear();
  n2.log.clear();
  net.hold(n1, n2);
  net.run(10s);
  for (auto* n : {&n1, &n2}) {
    auto& other = n == &n1 ? n2 : n1;
    CAF_CHECK_EQUAL(states(*n, other), (std::vector{member_state::suspect, member_state::dead}));
    const auto lost = n->take<remote_roster>();
    CAF_REQUIRE_EQUAL(lost.size(), 1u);
    CAF_CHECK(lost[0].cause == roster_cause::died);
    CAF_REQUIRE_EQUAL(lost[0].change.leaves.size(), 1u);
    CAF_CHECK_EQUAL(lost[0].change.leaves[0].user_id, other.name);
    CAF_CHECK(n->core.isolated());
  }
  n1.publish("presence-room", "lost");
  n1.want(2, "new-1");
  n2.unwant(1, "nothing");
  net.heal();
  net.run(5s);
  for (auto* n : {&n1, &n2}) {
    auto& other = n == &n1 ? n2 : n1;
    CAF_CHECK_EQUAL(states(*n, other), std::vector{member_state::alive});
    CAF_CHECK(n->core.settled());
    CAF_CHECK(!n->core.isolated());
    const auto back = n->take<remote_roster>();
    CAF_REQUIRE_EQUAL(back.size(), 1u);
    CAF_REQUIRE_EQUAL(back[0].change.joins.size(), 1u);
    CAF_CHECK_EQUAL(back[0].change.joins[0]->user_id, other.name);
  }
  n2.publish("new-1", "1");
  n1.publish("presence-room", "2");
  net.settle();
  CAF_CHECK_EQUAL(n1.take_data(), "1");
  CAF_CHECK_EQUAL(n2.take_data(), "2");
  net.run(15s);
  for (auto* n : {&n1, &n2}) {
    CAF_CHECK_EQUAL(n->core.stats().interest_repairs, 0u);
    CAF_CHECK_EQUAL(n->core.stats().roster_repairs, 0u);
  }
}

CAF_TEST(a node that was stopped for long comes back as the one it was) {
  auto& n1 = net.start("n1");
  auto& n2 = net.start("n2");
  auto& n3 = net.start("n3");
  net.form();
  for (auto* n : {&n1, &n2, &n3}) {
    n->want(1, "presence-room", true);
    net.settle();
    n->join("presence-room", n->name);
  }
  net.settle();
  for (auto* n : {&n1, &n2, &n3})
    n->log.clear();
  n2.paused = true;
  net.run(20s);
  CAF_CHECK(n1.knows(n2)->state == member_state::dead);
  n1.publish("presence-room", "not for n2");
  n2.paused = false;
  net.run(3s);
  CAF_CHECK(n2.core.stats().deaths == 0u);
  for (auto* n : {&n1, &n3}) {
    CAF_CHECK(n->linked_to(n2) && n2.linked_to(*n));
    CAF_CHECK(n->core.settled());
    CAF_CHECK_EQUAL(n->knows(n2)->info.epoch, n2.epoch);
    std::string told;
    for (const auto& each : n->take<remote_roster>()) {
      for (const auto& gone : each.change.leaves)
        told += "-" + gone.user_id;
      for (const auto& here : each.change.joins)
        told += "+" + here->user_id;
    }
    CAF_CHECK_EQUAL(told, "-n2+n2");
  }
  CAF_CHECK(n2.core.settled());
  CAF_CHECK(n2.take<remote_roster>().empty());
  n2.take_data();
  n1.publish("presence-room", "1");
  n2.publish("presence-room", "2");
  net.settle();
  CAF_CHECK_EQUAL(n2.take_data(), "1");
  CAF_CHECK_EQUAL(n1.take_data(), "2");
  net.run(15s);
  for (auto* n : {&n1, &n2, &n3}) {
    CAF_CHECK_EQUAL(n->core.stats().interest_repairs, 0u);
    CAF_CHECK_EQUAL(n->core.stats().roster_repairs, 0u);
  }
}

// -- goodbyes

CAF_TEST(a node that leaves says all it had to say) {
  auto& n1 = net.start("n1");
  auto& n2 = net.start("n2");
  auto& n3 = net.start("n3");
  net.form();
  n2.want(1, "orders");
  net.settle();
  n2.log.clear();
  for (int i = 0; i < 100; ++i)
    n1.publish("orders", std::to_string(i));
  n1.call(calls::begin_leaving{});
  n1.call(calls::leave{});
  net.run(200ms);
  CAF_CHECK_EQUAL(n1.take<departed>().size(), 1u);
  CAF_CHECK_EQUAL(n2.take_data(), numbers(0, 100));
  CAF_CHECK_EQUAL(states(n2, n1), std::vector{member_state::left});
  net.kill(n1);
  net.run(10s);
  CAF_CHECK_EQUAL(states(n2, n1).size(), 0u);
  CAF_CHECK_EQUAL(n2.core.stats().suspicions + n3.core.stats().suspicions, 0u);
  CAF_CHECK(n2.core.settled());
  CAF_CHECK_EQUAL(n2.core.peers().size(), 1u);
  CAF_CHECK_EQUAL(n1.take<departed>().size(), 0u);
  auto& again = net.start("n1");
  net.run(12s);
  CAF_CHECK(again.linked_to(n2) && again.linked_to(n3));
}

CAF_TEST(a node that is alone leaves at once) {
  auto& n1 = net.start("n1");
  n1.call(calls::leave{});
  net.run(100ms);
  CAF_CHECK_EQUAL(n1.take<departed>().size(), 1u);
}

CAF_TEST(a silent peer does not keep a node from leaving) {
  auto& n1 = net.start("n1");
  auto& n2 = net.start("n2");
  net.form();
  n2.want(1, "orders");
  net.settle();
  net.hold(n1, n2);
  n1.publish("orders", "1");
  n1.call(calls::leave{});
  net.run(900ms);
  CAF_CHECK_EQUAL(n1.take<departed>().size(), 0u);
  net.run(1500ms);
  CAF_CHECK_EQUAL(n1.take<departed>().size(), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
