#pragma once

#include "cluster/bridges/bridge_exchange.hpp"
#include "cluster/cache/cache_exchange.hpp"
#include "cluster/interest/interest_exchange.hpp"
#include "cluster/membership/membership.hpp"
#include "cluster/node/core_settings.hpp"
#include "cluster/node/node_calls.hpp"
#include "cluster/node/node_effects.hpp"
#include "cluster/node/node_stats.hpp"
#include "cluster/node/pending_channels.hpp"
#include "cluster/queries/query_exchange.hpp"
#include "cluster/rosters/roster_exchange.hpp"
#include "cluster/streams/peer_streams.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace grapevine::cluster {

/// What a peer's stream has brought.
struct event_tally {
  std::uint64_t received = 0;
  std::uint64_t left_out = 0;     ///< counted by gaps
  std::uint64_t unknown_app = 0;  ///< received, for an app that this node does not know
  bool operator==(const event_tally&) const = default;
};

/// The numbers a peer gives to apps, and their places on this node; unknown apps are absent.
using app_numbers = std::map<std::uint16_t, std::uint32_t>;

/// What nodes tell each other about their channels, over streams that are there: puts together the
/// exchanges for interest, rosters, cached events and questions, of which none knows another, and
/// carries events between them.
///
/// Effects go into the node's list in the order in which they happen. Frames and calls change what
/// is known at once; what is to be said because of them is said in `finish_turn`.
class channel_exchanges {
public:
  channel_exchanges(const core_settings&, std::uint64_t seed, const membership&, peer_streams&,
                    node_effects& out);

  // -- peers; their streams are opened before and erased after

  /// `remembered`: the apps of a peer that was taken for dead, and whose stream goes on.
  void add_peer(epoch_t, const std::string& name, std::optional<app_numbers> remembered);
  /// Nothing of it counts any more. `ago`: when it was last heard.
  void drop_peer(epoch_t, roster_cause, duration ago);
  /// Both ends have said where their streams go on.
  void on_resume(epoch_t, const resume_outcome&);
  /// Members have changed: cache channels are owned by those that serve clients, this node
  /// included.
  void update_owners(time_point now);
  bool has_peer(epoch_t epoch) const {
    return senders_.contains(epoch);
  }
  const app_numbers* apps_of(epoch_t) const;

  // -- calls

  void on(const calls::want&, time_point now);
  void on(const calls::unwant&, time_point now);
  void on(const calls::roster_join&, time_point now);
  void on(const calls::roster_leave&, time_point now);
  void on(const calls::ask&, time_point now);
  void on(const calls::answer&, time_point now);
  void on(const calls::look_up_cache&, time_point now);
  void on(const calls::report_bridges&, time_point now);
  void publish(const calls::forward&, std::string_view encoded, time_point now);
  /// This node goes away.
  void begin_leaving();

  // -- frames of the stream of a peer that is here

  void on_frame(epoch_t from, const app_def_frame&, time_point now);
  void on_frame(epoch_t from, const event_frame&, time_point now);
  void on_frame(epoch_t from, const gap_frame&, time_point now);
  void on_frame(epoch_t from, const interest_delta_frame&, time_point now);
  void on_frame(epoch_t from, const interest_ack_frame&, time_point now);
  void on_frame(epoch_t from, const digest_frame&, time_point now);
  void on_frame(epoch_t from, const interest_begin_frame&, time_point now);
  void on_frame(epoch_t from, const roster_delta_frame&, time_point now);
  void on_frame(epoch_t from, const roster_snapshot_frame&, time_point now);
  void on_frame(epoch_t from, const roster_done_frame&, time_point now);
  void on_frame(epoch_t from, const cache_get_frame&, time_point now);
  void on_frame(epoch_t from, const cache_item_frame&, time_point now);
  void on_frame(epoch_t from, const bridges_frame&, time_point now);
  void on_frame(epoch_t from, const query_frame&, time_point now);
  void on_frame(epoch_t from, const interest_chunk_frame&, time_point now);
  void on_frame(epoch_t from, const interest_done_frame&, time_point now);
  void on_frame(epoch_t from, const interest_request_frame&, time_point now);
  void on_frame(epoch_t from, const roster_request_frame&, time_point now);
  void on_frame(epoch_t from, const answer_frame&, time_point now);

  // -- time

  void tick(time_point now);
  /// Puts what is to be said into the streams, and lets go on what had to wait for that.
  void finish_turn(time_point now);

  // -- what is known

  interest_exchange& interest() noexcept {
    return interest_;
  }
  const interest_exchange& interest() const noexcept {
    return interest_;
  }
  const cache_placement& placement() const noexcept {
    return cache_.placement();
  }
  event_tally tally(epoch_t) const;
  void add_to(node_stats&) const;

private:
  /// A peer as a sender of events.
  struct sender {
    std::string name;
    app_numbers apps;
    event_tally events;
    bool needs_state = false;  ///< it has asked for all of this node's state
  };
  /// A channel whose first subscriber waits for the cluster to know.
  struct pending_channel {
    calls::want wanted;
    bool acknowledged = false;  ///< by all peers, or the bound has passed
    bool awaits_owners = false;
  };
  struct counters {
    std::uint64_t forwarded = 0;
    std::uint64_t received = 0;
    std::uint64_t unknown_app = 0;
    std::uint64_t gaps = 0;
  };

  void define_apps(epoch_t to);
  void start(epoch_t to);
  void send_parts(epoch_t to, std::uint64_t key, std::uint64_t answers);
  void send_all_parts(epoch_t to);
  std::vector<roster_exchange::follower> followers(std::uint64_t key);
  void forget_rosters(const std::vector<std::uint64_t>& keys);
  void restart_peer(epoch_t);
  void owners_done(const std::vector<std::uint64_t>& tickets, time_point now);
  void make_ready(const calls::want&, time_point now);
  void say(std::optional<remote_roster>);
  void say(std::vector<remote_roster>);
  std::optional<channel_ref> local_channel(epoch_t from, std::uint16_t app,
                                           std::string_view channel) const;

  const core_settings& settings_;
  const membership& members_;
  peer_streams& streams_;
  node_effects& out_;
  interest_exchange interest_;
  roster_exchange rosters_;
  cache_exchange cache_;
  query_exchange queries_;
  bridge_exchange bridges_;
  std::map<epoch_t, sender> senders_;
  pending_channels pending_;
  counters events_;
};

}  // namespace grapevine::cluster
