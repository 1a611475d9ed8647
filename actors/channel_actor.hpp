#pragma once

#include "actors/app_registry.hpp"
#include "actors/cluster_port.hpp"
#include "actors/pinned_actor.hpp"
#include "actors/topology.hpp"
#include "protocol/channel_name.hpp"
#include "protocol/channel_state.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace grapevine::actors {

/// One channel of one app: gives every event its place, encodes it once, and hands it to the shards
/// that have subscribers. What it knows is in `protocol::channel_state`; members are its roster's
/// business.
///
/// In a cluster the channel is *wanted* while it has subscribers. The first ones wait until the
/// other nodes know (`cluster::channel_ready`); who comes or goes meanwhile waits behind them.
class channel_actor final : public pinned_actor {
public:
  channel_actor(caf::actor_config& cfg, app_registry& apps, topology& nodes, channel_ref key,
                caf::actor_addr directory);
  const char* name() const override {
    return "grapevine.channel";
  }
  void on_exit() override;

protected:
  caf::behavior make_behavior() override;

private:
  void handle(const subscribe& message);
  void handle(const unsubscribe& message);
  void handle(const client_event& message);
  caf::result<protocol::channel_info> handle(const publish& event);
  caf::result<protocol::channel_info> answer(const protocol::info_request& asked);

  using member_move = std::variant<subscribe, unsubscribe>;
  /// True when the message has to wait for the cluster.
  bool waits(member_move message);
  void handle(const channel_item& item);
  void take(const channel_item& item);
  void take(const cluster::channel_ready& ready);
  void take(const cluster::remote_event& event);
  void take(const cluster::remote_roster& news);
  void go_on_with_items();
  void announce(const cluster::roster_view::announcements& news, protocol::socket_id except);

  void admit(const subscribe& message, std::uint64_t hlc, const joined_roster& answer);
  void dismiss(std::uint32_t shard, const left_roster& answer);
  void let_in(const subscribe& message, net::shared_bytes acknowledgement);
  void count_in(std::uint32_t shard);
  void count_out(std::uint32_t shard);
  void vacate();
  void keep(protocol::cached_event event);
  /// What follows the acknowledgement on a cache channel.
  net::shared_bytes after_acknowledgement();
  void broadcast(std::string_view json, protocol::socket_id except);
  const caf::actor& roster();
  void arm_expiry(caf::timespan after);
  /// Offers to end when nothing is left to do.
  void rest();
  caf::actor_clock::time_point now() const;

  app_registry& apps_;
  topology& topology_;
  channel_ref key_;
  protocol::channel_type type_;
  caf::actor_addr directory_;
  protocol::channel_state state_;
  net::shared_bytes acknowledgement_;  ///< the same for every subscriber; made with the first
  caf::actor roster_;                  ///< presence channels; made with the first member
  std::size_t roster_answers_due_ = 0;
  bool expiry_armed_ = false;

  cluster_port* port_;  ///< null without a cluster
  std::uint64_t cluster_key_ = 0;
  std::uint64_t ticket_ = 0;    ///< of the current wish; 0: the channel is not wanted
  bool cluster_knows_ = false;  ///< that wish was answered
  std::vector<member_move> waiting_;
  /// Items that came while the roster worked on one: a member's arrival is announced before his
  /// client events.
  std::vector<channel_item> items_;
  bool roster_works_on_item_ = false;
  std::uint64_t handled_ = 0;  ///< messages the directory forwarded and we have seen
};

}  // namespace grapevine::actors
