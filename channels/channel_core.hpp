#pragma once

#include "channels/channel_effects.hpp"
#include "channels/channel_item.hpp"
#include "channels/cluster_numbers.hpp"
#include "channels/event_cache.hpp"
#include "channels/occupancy.hpp"
#include "channels/subscription.hpp"
#include "protocol/channel_name.hpp"
#include "protocol/http_api.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

namespace grapevine::channels {

/// One channel of one app on this node: gives every event its place, encodes it once, and decides
/// who is let in and what the cluster, the roster and the subscribers are told, in this order: the
/// cluster before the client.
///
/// In a cluster the channel is *wanted* while it has subscribers. The first ones are *pending*
/// until the other nodes know (`cluster::channel_ready`); who comes or goes meanwhile is so behind
/// them:
///
///     vacant --first subscribe: want--> wanted --channel_ready--> known
///     known --last unsubscribe: unwant--> vacant
///
/// Without a cluster it is always known. The members of a presence channel are its roster's, which
/// may live elsewhere: it is asked by effects, answers in order, and the channel is neither given
/// up nor idle while an answer is owed. Those pending are as many as sockets have unanswered
/// subscriptions; what other nodes say waits only while the roster works on one change.
class channel_core {
public:
  /// `numbers` is null without a cluster, else outlives the channel. A cached event is kept for
  /// `cache_ttl`.
  channel_core(cluster::channel_ref, cluster_numbers* numbers, cluster::duration cache_ttl);

  // -- clients and publishers

  channel_effects on_subscribe(subscription, cluster::time_point now);
  channel_effects on_unsubscribe(const unsubscription&, cluster::time_point now);
  channel_effects on_publish(const local_event&, cluster::time_point now);
  /// Already checked. Goes to every subscriber but the sender.
  channel_effects on_client_event(const local_event&);

  // -- the cluster

  channel_effects on_item(const channel_item&, cluster::time_point now);

  // -- the roster's answers, each with what was asked

  channel_effects on_joined(const join_roster&, const joined_roster&, cluster::time_point now);
  channel_effects on_left(const leave_roster&, const left_roster&);
  channel_effects on_changed(const roster_news&, cluster::time_point now);
  /// News that nobody asked for.
  channel_effects on_news(const roster_news&);

  // -- time

  channel_effects on_wake(cluster::time_point now);

  // -- questions

  /// Users are counted as the roster last said.
  protocol::channel_info describe(const protocol::info_request&, cluster::time_point now) const;
  /// Nobody is here or pending, nothing is kept and no answer owed: the channel need not be.
  bool idle(cluster::time_point now) const noexcept;

  const cluster::channel_ref& channel() const noexcept {
    return channel_;
  }
  const protocol::channel_type& type() const noexcept {
    return type_;
  }
  /// Shards with subscribers: where a `deliver` goes.
  const std::vector<std::uint32_t>& shards() const noexcept {
    return subscribers_.shards();
  }
  bool occupied() const noexcept {
    return subscribers_.occupied();
  }
  /// It is wanted, and the cluster knows.
  bool known() const noexcept {
    return known_;
  }
  /// Of the current `want`; 0: the channel is not wanted.
  std::uint64_t ticket() const noexcept {
    return ticket_;
  }
  const event_cache& cache() const noexcept {
    return cache_;
  }

private:
  using move = std::variant<subscription, unsubscription>;

  void pass_or_hold(move, cluster::time_point now, channel_effects&);
  void enter(subscription, cluster::time_point now, channel_effects&);
  void leave(const unsubscription&, channel_effects&);
  void admit(const subscription&, shared_bytes acknowledgement, cluster::time_point now,
             channel_effects&);
  void count_out(std::uint32_t shard, channel_effects&);
  void vacate(channel_effects&);

  void on_ready(const channel_item&, cluster::time_point now, channel_effects&);
  void on_known_item(const channel_item&, cluster::time_point now, channel_effects&);
  void on_remote_event(const cluster::remote_event&, cluster::time_point now, channel_effects&);
  void release_held(cluster::time_point now, channel_effects&);

  void announce(const roster_view::announcements&, protocol::socket_id except, channel_effects&);
  void broadcast(std::string_view json, protocol::socket_id except, channel_effects&) const;
  void keep(cached_event, channel_effects&);
  /// What follows the acknowledgement on a cache channel.
  shared_bytes after_acknowledgement(cluster::time_point now);

  cluster::channel_ref channel_;
  protocol::channel_type type_;
  cluster_numbers* numbers_;
  cluster::duration cache_ttl_;
  occupancy subscribers_;
  shared_bytes acknowledgement_;  ///< the same for every subscriber; made with the first

  std::uint64_t ticket_ = 0;
  bool known_ = false;
  bool has_roster_ = false;
  bool roster_works_on_item_ = false;
  bool wakes_ = false;  ///< a `wake_at` is under way
  std::vector<move> pending_;

  std::size_t answers_due_ = 0;  ///< of the roster
  std::size_t users_ = 0;        ///< as the roster said last
  /// Items that came while the roster worked on one: a member's arrival is announced before his
  /// client events.
  std::vector<channel_item> held_;

  event_cache cache_;
};

}  // namespace grapevine::channels
