#define CAF_SUITE cluster.bridge_exchange

#include "cluster/bridges/bridge_exchange.hpp"

#include "tests/cluster/fake_sink.hpp"

#include "caf/test/dsl.hpp"

#include <rapidcheck.h>

#include <memory>
#include <numeric>

using namespace grapevine::cluster;

namespace {

constexpr std::uint64_t redis = 7;
constexpr std::uint64_t pusher = 8;

/// Nodes whose frames reach each other at once, in a mesh. Node i has epoch i + 1.
class mesh {
public:
  explicit mesh(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      nodes_.push_back(std::make_unique<node>("n" + std::to_string(i)));
    for (std::size_t i = 0; i < count; ++i)
      for (std::size_t j = 0; j < count; ++j)
        if (i != j) {
          at(i).add_peer(epoch(j), "n" + std::to_string(j));
          at(i).start(epoch(j));
        }
    deliver();
  }

  static epoch_t epoch(std::size_t i) {
    return i + 1;
  }
  bridge_exchange& at(std::size_t i) {
    return nodes_[i]->exchange;
  }
  void report(std::size_t i, std::vector<bridge_report> all) {
    at(i).report(std::move(all));
    deliver();
  }
  void kill(std::size_t i) {
    nodes_[i]->dead = true;
    for (auto& each : nodes_)
      each->exchange.drop_peer(epoch(i));
  }
  bool alive(std::size_t i) const {
    return !nodes_[i]->dead;
  }
  std::size_t size() const {
    return nodes_.size();
  }
  void deliver() {
    for (std::size_t from = 0; from < nodes_.size(); ++from)
      for (const auto& [to, said] : nodes_[from]->sink.take<bridges_frame>())
        at(to - 1).on_frame(epoch(from), said);
  }
  const bridge_duties& duties(std::size_t i) {
    if (auto changed = at(i).take_duties())
      nodes_[i]->duties = *changed;
    return nodes_[i]->duties;
  }

private:
  struct node {
    explicit node(const std::string& name) : exchange{name, sink} {}
    fake_sink sink;
    bridge_exchange exchange;
    bridge_duties duties;
    bool dead = false;
  };
  std::vector<std::unique_ptr<node>> nodes_;
};

}  // namespace

CAF_TEST(a node alone leads and covers nobody and takes to its other bridges what comes in) {
  fake_sink sink;
  bridge_exchange one{"n1", sink};
  one.report({{redis, bridge_role::hears | bridge_role::sends}, {pusher, bridge_role::sends}});
  const auto duties = one.take_duties();
  CAF_REQUIRE(duties.has_value());
  CAF_CHECK(duties->duties[0] == (bridge_duty{true, false, 2}));
  CAF_CHECK(duties->duties[1] == bridge_duty{});
  CAF_CHECK(!one.take_duties().has_value());
}

CAF_TEST(what does not change is told nobody again) {
  fake_sink sink;
  bridge_exchange one{"n1", sink};
  one.add_peer(2, "n2");
  one.report({{redis, bridge_role::hears}});
  CAF_CHECK_EQUAL(sink.take<bridges_frame>().size(), 1u);
  one.report({{redis, bridge_role::hears}});
  CAF_CHECK_EQUAL(sink.take<bridges_frame>().size(), 0u);
}

CAF_TEST(a peer that has not said which bridges it has is given nothing) {
  fake_sink sink;
  bridge_exchange one{"n1", sink};
  one.report({{redis, bridge_role::hears}});
  one.add_peer(2, "n2");
  CAF_CHECK(!one.covers(redis, 2));
  one.on_frame(2, {});
  CAF_CHECK(one.covers(redis, 2));
  one.on_frame(2, {{{redis, bridge_role::hears | bridge_role::acts}}});
  CAF_CHECK(!one.covers(redis, 2));
  one.drop_peer(2);
  CAF_CHECK(!one.covers(redis, 2));
}

CAF_TEST(a frame of somebody unknown changes nothing and one without end is cut off) {
  fake_sink sink;
  bridge_exchange one{"n1", sink};
  one.report({{redis, bridge_role::hears}});
  one.on_frame(2, {});
  CAF_CHECK(!one.covers(redis, 2));
  one.add_peer(2, "n2");
  bridges_frame endless;
  for (std::uint64_t id = 1000; id < 1000 + 2 * bridges_max; ++id)
    endless.bridges.push_back({id, bridge_role::hears});
  endless.bridges.push_back({redis, bridge_role::hears});
  one.on_frame(2, endless);
  CAF_CHECK(one.covers(redis, 2));
}

CAF_TEST(a node that leaves acts for nobody and is given nothing while it hears) {
  mesh nodes{3};
  nodes.report(0, {{redis, bridge_role::hears}});
  nodes.report(1, {{redis, bridge_role::hears}});
  nodes.at(0).begin_leaving();
  nodes.deliver();
  CAF_CHECK(nodes.duties(0).duties[0] == bridge_duty{});
  CAF_CHECK(nodes.duties(1).duties[0].leads);
  CAF_CHECK(nodes.at(1).covers(redis, mesh::epoch(2)));
  CAF_CHECK(!nodes.at(1).covers(redis, mesh::epoch(0)));
}

CAF_TEST(whoever hears and whoever dies every node is given an event by exactly one) {
  CAF_CHECK(rc::check("one copy each", [] {
    mesh nodes{*rc::gen::inRange<std::size_t>(1, 9)};
    std::vector<std::uint8_t> to_redis(nodes.size());
    std::vector<std::uint8_t> to_pusher(nodes.size());
    const auto steps = *rc::gen::inRange(1, 40);
    for (int step = 0; step < steps; ++step) {
      const auto i = *rc::gen::inRange<std::size_t>(0, nodes.size());
      if (!nodes.alive(i))
        continue;
      if (*rc::gen::inRange(0, 8) == 0) {
        nodes.kill(i);
        to_redis[i] = to_pusher[i] = 0;
        continue;
      }
      to_redis[i] = *rc::gen::element<std::uint8_t>(0, bridge_role::hears);
      to_pusher[i] = *rc::gen::element<std::uint8_t>(0, bridge_role::sends);
      nodes.report(i, {{redis, to_redis[i]}, {pusher, to_pusher[i]}});
    }
    std::vector<std::size_t> hearing;
    for (std::size_t i = 0; i < nodes.size(); ++i)
      if (to_redis[i] != 0)
        hearing.push_back(i);
    std::size_t leaders = 0;
    std::size_t handed_on = 0;
    bool can_be_handed_on = false;
    for (const auto i : hearing) {
      const auto& duty = nodes.duties(i).duties[0];
      leaders += duty.leads ? 1 : 0;
      handed_on += duty.hands_on >> 1 & 1;
      can_be_handed_on = can_be_handed_on || to_pusher[i] != 0;
      bool covers = false;
      for (std::size_t peer = 0; peer < nodes.size(); ++peer)
        covers = covers || nodes.at(i).covers(redis, mesh::epoch(peer));
      RC_ASSERT(duty.covers_others == covers);
    }
    RC_ASSERT(leaders == (hearing.empty() ? 0u : 1u));
    RC_ASSERT(handed_on == (can_be_handed_on ? 1u : 0u));
    for (std::size_t to = 0; to < nodes.size(); ++to) {
      if (!nodes.alive(to))
        continue;
      const auto copies = std::accumulate(
          hearing.begin(), hearing.end(), std::size_t{to_redis[to] != 0}, [&](auto sum, auto by) {
            return sum + (by != to && nodes.at(by).covers(redis, mesh::epoch(to)) ? 1 : 0);
          });
      RC_ASSERT(copies == (hearing.empty() ? 0u : 1u));
    }
  }));
}
