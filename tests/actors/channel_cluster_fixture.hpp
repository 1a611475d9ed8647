#pragma once

#include "channel_fixture.hpp"

#include "actors/cluster/cluster_port.hpp"
#include "cluster/wire/frame_codec.hpp"

namespace grapevine::actors {

namespace calls = cluster::calls;

/// An event as it was handed to the cluster.
struct forwarded {
  calls::forward call;
  std::string bytes;

  /// Views `bytes`.
  cluster::event_frame frame() const& {
    const auto cut = cluster::split_frame(bytes);
    CAF_REQUIRE(cut.status == cluster::split_status::complete);
    const auto content = cluster::decode_frame(cut.frame);
    CAF_REQUIRE(content && std::holds_alternative<cluster::event_frame>(*content));
    return std::get<cluster::event_frame>(*content);
  }
  cluster::event_frame frame() const&& = delete;
};

using said = std::variant<calls::want, calls::unwant, forwarded, calls::roster_join,
                          calls::roster_leave, turn_done>;
using said_list = std::shared_ptr<std::deque<said>>;

/// What channels say to the cluster; anything else fails.
inline void take_apart(const cluster::node_calls& batch, std::deque<said>& into) {
  for (const auto& each : batch.calls)
    std::visit(
        [&]<class Call>(const Call& call) {
          if constexpr (std::is_same_v<Call, calls::forward>)
            into.push_back(forwarded{call, batch.frames.substr(call.begin, call.size)});
          else if constexpr (std::is_constructible_v<said, Call>)
            into.push_back(call);
          else
            CAF_FAIL("no channel says that");
        },
        each);
}

/// Stands for the cluster's actor and keeps what it was told, in order.
inline caf::behavior fake_cluster(caf::event_based_actor*, said_list heard) {
  return {
      [heard](const to_cluster& m) { take_apart(*m.batch, *heard); },
      [heard](const turn_done& m) { heard->push_back(m); },
  };
}

/// The same as `channel_fixture` in a cluster: a real port that sends at once, and a fake behind
/// it. In its place the patient one waits for the end of a turn, as in a node.
struct channel_cluster_fixture : channel_fixture {
  static constexpr cluster::epoch_t self_epoch = 11;
  static constexpr cluster::epoch_t other = 22;
  static constexpr cluster::epoch_t third = 33;

  channel_cluster_fixture() {
    local.epoch = local.roster.self = self_epoch;
    local.cluster = sys.spawn(fake_cluster, heard);
    local.ports.push_back(&port);
    local.drains = &drains;
    start();
  }
  ~channel_cluster_fixture() {
    caf::anon_send_exit(local.cluster, caf::exit_reason::user_shutdown);
    local.cluster = nullptr;
    consume_messages();
  }

  template <class T>
  T next_said() {
    CAF_REQUIRE(!heard->empty());
    auto head = std::move(heard->front());
    heard->pop_front();
    CAF_REQUIRE(std::holds_alternative<T>(head));
    return std::get<T>(std::move(head));
  }

  static from_cluster batch(std::vector<cluster_item> items, cluster::link_turn turn = {}) {
    return {std::make_shared<const std::vector<cluster_item>>(std::move(items)), turn};
  }
  void from_others(std::vector<cluster_item> items, cluster::link_turn turn = {}) {
    caf::anon_send(directory, batch(std::move(items), turn));
    consume_messages();
  }
  void ready(const calls::want& want, std::vector<cluster::roster_change> roster = {},
             std::optional<cluster::cached_item> cached = {}) {
    from_others(
        {cluster::channel_ready{want.ticket, want.channel, std::move(roster), std::move(cached)}});
  }
  /// The first subscriber of a channel, let in at once.
  calls::want open(const std::string& channel, std::uint64_t who,
                   std::optional<protocol::presence_member> member = {},
                   std::vector<cluster::roster_change> roster = {}) {
    enter(channel, who, std::move(member));
    const auto want = next_said<calls::want>();
    ready(want, std::move(roster));
    return want;
  }
  static cluster::remote_event event(const std::string& channel, const std::string& data) {
    return {.channel = {0, channel}, .event = "ev", .data = data, .publisher = other};
  }
  static cluster::roster_change part(cluster::epoch_t node,
                                     const std::vector<cluster::roster_element>& joins,
                                     const std::vector<cluster::roster_leave>& leaves = {}) {
    cluster::roster_change change{node, {}, leaves};
    for (const auto& each : joins)
      change.joins.push_back(std::make_shared<const cluster::roster_element>(each));
    return change;
  }
  static cluster::remote_roster news(const std::string& channel, cluster::roster_change change,
                                     cluster::roster_cause cause = cluster::roster_cause::normal) {
    return {{0, channel}, std::move(change), cause};
  }

  cluster::hybrid_clock clock;
  cluster_port port{nullptr, 0, apps, local, clock, "grapevine"};
  grapevine::net::loop endless;
  cluster_port patient_port{&endless, 0, apps, local, clock, "grapevine"};
  said_list heard = std::make_shared<std::deque<said>>();
  std::atomic<bool> drains{false};
};

}  // namespace grapevine::actors
