#pragma once

#include "cluster/links/banned_addresses.hpp"
#include "cluster/membership/membership.hpp"
#include "cluster/node/channel_exchanges.hpp"
#include "cluster/node/node_calls.hpp"
#include "cluster/node/node_effects.hpp"
#include "cluster/node/node_parts.hpp"
#include "cluster/node/node_settings.hpp"
#include "cluster/node/node_stats.hpp"
#include "cluster/node/peer.hpp"
#include "cluster/tunnels/tunnel_planner.hpp"
#include "cluster/wire/frame_codec.hpp"

#include <map>
#include <set>
#include <span>
#include <string_view>

namespace grapevine::cluster {

/// One node of the cluster without its sockets, threads and clocks: bytes, calls of the node's own
/// channels and time come in, effects go out (cluster.md).
///
/// It puts the parts together: `membership` says who is there, a `session` per peer carries ordered
/// frames over whatever connection there is, `interest_log` and `interest_view` decide where events
/// go, `roster_replica`s hold who is in presence channels, `cache_store` and `owner` keep the last
/// events of cache channels. The shell (actors/cluster_actor) and the simulator drive the same
/// class.
///
/// After every call: perform the effects in order, then write what `next_write` gives for each link
/// that is not writing. `tick` is to be called about every 20 ms.
class node_core {
public:
  node_core(node_settings, std::uint64_t seed, time_point now);
  node_core(const node_core&) = delete;
  node_core& operator=(const node_core&) = delete;

  // -- connections

  /// How a connection came about and what it proves by itself.
  struct link_facts {
    bool dialled = false;
    epoch_t expected = 0;                        ///< as in the `dial` effect
    std::string address;                         ///< numeric host of the other end
    std::string tls_binding;                     ///< empty without TLS
    std::vector<std::string> certificate_names;  ///< of the verified certificate, with TLS
    handshake::nonce nonce{};
  };
  node_effects on_open(link_id, link_facts, time_point now);
  node_effects on_dial_failed(epoch_t expected, time_point now);
  node_effects on_bytes(link_id, std::string_view bytes, time_point now);
  /// The connection is gone, whoever ended it.
  node_effects on_closed(link_id, time_point now);
  node_effects tick(time_point now);

  /// What to write next to a link, about `budget` bytes; empty: nothing. The slices stay valid.
  std::vector<slice> next_write(link_id, std::size_t budget, time_point now);
  /// True while `next_write` may have something.
  bool has_link(link_id) const;
  /// True once the other side has proved itself.
  bool admitted(link_id) const;
  /// Connections that have not proved themselves yet; the shell stops accepting at 64.
  std::size_t strangers() const noexcept;
  /// False while that address is refused for sending rubbish.
  bool welcomes(std::string_view address, time_point now) const;

  /// True for this node's own address and those of members that are alive: no seed to dial.
  bool knows(const node_address&) const;

  /// Credit: the shell hands what one `on_bytes` brought to `parts` receivers, each of which
  /// reports once. Returns the turn's number. 0 parts when nothing was for the channels.
  link_turn end_turn(link_id, unsigned parts);
  void part_done(const link_turn&);

  // -- this node's channels, and those who run it

  /// Takes a call. What it leads to is in the effects of the next `flush`, so that the calls of one
  /// turn reach the peers in as few frames as possible. `frames`: where a `calls::forward` finds
  /// its own.
  void on_call(const node_call&, time_point now, std::string_view frames = {});
  node_effects flush(time_point now) {
    return done(now);
  }

  // -- what it knows

  bool wanted_elsewhere(std::uint64_t key) const {
    return channels_.interest().wanted_elsewhere(key);
  }
  /// Whether that peer is known to want the channel.
  bool wanted_by(epoch_t peer, std::uint64_t key) const {
    return channels_.interest().wanted_by(peer, key);
  }
  /// Whether it is sent the channel's events: it wants them, or nobody knows yet what it wants.
  bool sends_to(epoch_t peer, std::uint64_t key) const {
    return channels_.interest().sends_to(peer, key);
  }
  /// The owner of a cache channel by rank, 0 or 1; epoch 0 if there are not so many.
  epoch_t owner_of(std::uint64_t key, unsigned rank) const {
    return channels_.placement().at(key, rank);
  }

  const membership& members() const noexcept {
    return membership_;
  }
  struct peer_facts {
    std::string name;
    epoch_t epoch = 0;
    bool linked = false;
    bool slow = false;
    std::size_t queue_bytes = 0;
    std::uint64_t interest_keys = 0;
    bool apps_differ = false;
    event_tally events;
    std::string relay;  ///< name of the node its link goes through; empty: direct, or no link
  };
  std::vector<peer_facts> peers() const;
  node_stats stats() const;
  /// Everybody known to be alive is linked and has sent all of its state.
  bool settled() const;
  /// Peers were known to be there, and none of them is linked.
  bool isolated() const;
  /// All queues of the node are full: publishing must wait.
  bool overloaded() const;

private:
  void on(const calls::become_ready&, time_point now);
  void on(const calls::begin_leaving&, time_point now);
  void on(const calls::leave&, time_point now);

  // node_core.cpp: time, membership, effects
  node_effects done(time_point now);
  void perform(membership_effects, time_point now);
  void perform(const send_effect&, time_point now);
  void perform(const dial_effect&, time_point now);
  void perform(const drop_link_effect&, time_point now);
  void perform(const changed_effect&, time_point now);
  void perform(const health_effect&, time_point now);
  void perform(const left_effect&, time_point now);
  void update_owners(time_point now);

  // node_links.cpp: connections
  void say_bye(connection&, bye_reason, epoch_t seen = 0);
  /// `how`: for the log; empty: as `said_bye` says.
  void lose_link(peer&, bool said_bye, time_point now, std::string how = {});
  void shut(link_id);
  void offend(connection&, std::string_view what, time_point now);
  bool passes_nothing(const peer&, time_point now) const;
  void check_links(time_point now);
  void take_bytes(connection&, std::string_view bytes, time_point now);
  std::size_t take_own(connection&, std::size_t budget, time_point now, std::vector<slice>&);

  // node_admission.cpp: one link per peer, and the end of a peer
  void on_handshake_frame(connection&, const frame&, time_point now);
  void admit(connection&, const node_info&, bool peer_has_link, time_point now);
  void attach(connection&, const node_info&, time_point now);
  peer& open_peer(const node_info&);
  void drop_peer(epoch_t, roster_cause, time_point now);
  void forget_peer(peer&, roster_cause, duration ago);
  peer* find_peer(epoch_t);
  void erase_peer(epoch_t);

  // node_tunnels.cpp: links through a third node
  void open_tunnels(time_point now);
  connection& add_tunnel(const tunnel_place&, bool dialled, time_point now);
  connection* find_tunnel(epoch_t via, const tunnel_key&);
  connection* accept_tunnel(connection& carrier, const tunnel_key&, time_point now);
  void end_tunnel(connection&, time_point now);
  void carry_tunnels(connection& carrier, time_point now);
  void carry(connection& carrier, const connection& tunnel, const std::vector<slice>&);
  void close_tunnels();
  std::uint64_t end_tunnelled_turn(unsigned parts);

  // node_relays.cpp: frames of tunnels, for this node and for others
  bool on_relay(connection& from, const relay_frame&, time_point now);
  bool on_relay_end(connection& from, const relay_end_frame&, time_point now);
  void forward(connection& from, const relay_frame&);
  void tell_end(connection&, const tunnel_key&, relay_end_reason);
  void withdraw(epoch_t from_queue_of, const tunnel_key&, bool all_others);
  std::size_t take_relayed(connection&, std::size_t budget, std::vector<slice>&);
  void end_relaying(epoch_t peer, link_id, time_point now);
  connection* direct_link(epoch_t peer);

  // node_frames.cpp: what arrives on a link
  bool on_frame(connection&, const frame_view&, const frame&, time_point now);
  void on_bye(peer&, const bye_frame&, time_point now);
  void on_resume(peer&, const resume_frame&, time_point now);

  node_settings settings_;
  random_source random_;
  membership membership_;
  banned_addresses banned_addresses_;
  tunnel_planner tunnels_;
  tunnel_relay relays_;
  node_stats stats_;
  node_effects out_;
  peer_streams streams_;
  channel_exchanges channels_;

  std::map<link_id, connection> connections_;
  std::map<epoch_t, peer> peers_;
  std::vector<link_id> closing_tunnels_;
  std::map<std::pair<epoch_t, epoch_t>, std::uint64_t> paths_heard_;  ///< by {via, origin}
  std::set<epoch_t> heard_through_tunnels_;                           ///< in this turn
  std::map<std::uint64_t, tunnelled_turn> tunnelled_turns_;
  std::map<epoch_t, stream_receipt> receipts_;  ///< of peers declared dead, for ten minutes
  std::uint64_t last_tunnel_ = 0;
  std::uint64_t last_tunnelled_turn_ = 0;
  time_point next_membership_tick_{};
  time_point dials_paused_until_{};
  time_point last_tick_;
  time_point links_trusted_until_{};  ///< after an own pause: none is given up before
  std::optional<time_point> leaving_since_;
  bool goodbye_said_ = false;
  bool knew_peers_ = false;
};

}  // namespace grapevine::cluster
