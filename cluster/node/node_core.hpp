#pragma once

#include "cluster/cache/owner.hpp"
#include "cluster/interest/interest_log.hpp"
#include "cluster/interest/interest_view.hpp"
#include "cluster/interest/subscribe_barrier.hpp"
#include "cluster/links/banned_addresses.hpp"
#include "cluster/membership/membership.hpp"
#include "cluster/node/node_effects.hpp"
#include "cluster/node/node_parts.hpp"
#include "cluster/node/node_settings.hpp"
#include "cluster/node/node_stats.hpp"
#include "cluster/node/peer.hpp"
#include "cluster/queries/open_queries.hpp"
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
/// that is not writing. `tick` is to be called about every 10 ms.
class node_core {
public:
  node_core(node_settings, std::uint64_t seed, time_point now);

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
  bool knows(const base::endpoint&) const;

  /// Credit: the shell hands what one `on_bytes` brought to `parts` receivers, each of which
  /// reports once. Returns the turn's number. 0 parts when nothing was for the channels.
  link_turn end_turn(link_id, unsigned parts);
  void part_done(const link_turn&);

  // -- this node's channels

  /// Until the next `flush`, calls of this section change the node but return nothing: what all of
  /// them lead to is in the flush's effects, and goes to the peers in as few frames as possible.
  void begin_batch() noexcept {
    batch_ = true;
  }
  /// The channel got its first subscriber. Answered by `channel_ready` with the same ticket (unique
  /// among all). `cache`: it keeps its last event.
  node_effects want(std::uint64_t ticket, const channel_ref&, std::uint64_t key, bool presence,
                    bool cache, time_point now);
  /// It lost its last, whether it was ready or not.
  node_effects unwant(std::uint64_t ticket, const channel_ref&, std::uint64_t key, time_point now);
  /// A user's first socket on this node joined, or his last one left.
  node_effects roster_join(const channel_ref&, std::uint64_t key, const roster_element&,
                           time_point now);
  node_effects roster_leave(const channel_ref&, std::uint64_t key, const std::string& user_id,
                            bool moving, time_point now);
  /// An event of this node, as an encoded `event_frame` whose app number is the app's place. Goes
  /// to every peer that wants the channel; `cache` events to the channel's owners as well. Nothing
  /// leaves before the next other call or `flush`.
  void publish(std::uint64_t key, bool cache, std::string_view encoded, time_point now);
  node_effects flush(time_point now);

  // -- questions

  enum class audience : std::uint8_t { everybody, interested };
  /// Puts a question to all other nodes, or to those that want the channel `key`. `extra`: nodes
  /// that cannot be reached are reported missing at once. Answered by `gathered_answers`.
  node_effects ask(std::uint64_t id, audience, std::uint64_t key, std::uint8_t kind,
                   std::uint32_t app, std::uint8_t attributes, std::string text, duration deadline,
                   time_point now);
  node_effects answer(epoch_t to, std::uint64_t id, std::string_view payload, time_point now);
  /// Answered by `cache_found` with the same id.
  node_effects look_up_cache(std::uint64_t id, const channel_ref&, std::uint64_t key,
                             time_point now);
  bool wanted_elsewhere(std::uint64_t key) const;
  /// Whether that peer is known to want the channel.
  bool wanted_by(epoch_t peer, std::uint64_t key) const;
  /// Whether it is sent the channel's events: it wants them, or nobody knows yet what it wants.
  bool sends_to(epoch_t peer, std::uint64_t key) const;
  /// As `owner::at`.
  epoch_t owner_of(std::uint64_t key, unsigned rank) const {
    return owner_.at(key, rank);
  }

  // -- life

  /// This node serves clients from now on, and may own channels.
  node_effects become_ready(time_point now);
  /// From now on this node owns nothing and is shown as leaving.
  node_effects begin_leaving(time_point now);
  /// Writes what is queued, says goodbye; `departed` follows within two seconds or so.
  node_effects leave(time_point now);

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
  // node_core.cpp: time, membership, effects
  node_effects done(time_point now);
  void carry_out(membership_effects, time_point now);
  void carry_out(const send_effect&, time_point now);
  void carry_out(const dial_effect&, time_point now);
  void carry_out(const drop_link_effect&, time_point now);
  void carry_out(const changed_effect&, time_point now);
  void carry_out(const health_effect&, time_point now);
  void carry_out(const left_effect&, time_point now);
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

  // node_interest.cpp
  void start_state(peer&);
  void forget_state_of(peer&);
  void define_apps(peer&);
  void flush_interest();
  void acknowledge(peer&);
  void pump_snapshot(peer&);
  void send_digests(time_point now);
  void receive(peer&, const interest_delta_frame&, time_point now);
  void receive(peer&, const interest_ack_frame&, time_point now);
  void receive(peer&, const interest_begin_frame&, time_point now);
  void receive(peer&, const interest_chunk_frame&, time_point now);
  void receive(peer&, const interest_done_frame&, time_point now);
  void receive(peer&, const interest_request_frame&, time_point now);
  void receive(peer&, const digest_frame&, time_point now);

  // node_channels.cpp
  void release_ready(time_point now);
  void make_ready(std::uint64_t ticket, time_point now);
  void receive(peer&, const app_def_frame&, time_point now);
  void receive(peer&, const event_frame&, time_point now);
  void receive(peer&, const gap_frame&, time_point now);

  // node_cache.cpp
  void owner_answered(std::uint64_t key, epoch_t owner, time_point now);
  void end_patience(time_point now);
  void receive(peer&, const cache_get_frame&, time_point now);
  void receive(peer&, const cache_item_frame&, time_point now);
  void keep(const channel_ref&, std::uint64_t key, const event_frame&, epoch_t publisher,
            time_point now);
  cache_item_frame describe(const cached_item&, time_point now) const;
  void keep_own(std::uint64_t key, const interest_view::mask& sent_to, std::string_view bytes,
                time_point now);
  std::set<epoch_t> ask_owners(const channel_ref&, std::uint64_t key);
  void offer_to_new_owners(time_point now);
  void offer_cache(const peer&, time_point now);
  void send_cached(peer&, std::uint64_t key, time_point now);
  void hand_over_cache(time_point now);
  void finish_cache_look_ups(time_point now);

  // node_rosters.cpp
  presence_channel& presence(const channel_ref&, std::uint64_t key);
  presence_channel* find_presence(const channel_ref&, std::uint64_t key);
  void forget_roster(std::uint64_t key);
  void tidy(std::uint64_t key);
  void share(const presence_channel&, roster_delta_frame);
  void send_part(peer&, const presence_channel&, std::uint64_t answers);
  void send_parts_of(peer&, std::uint64_t key, std::uint64_t answers);
  void send_all_parts(peer&);
  void drop_parts(epoch_t, roster_cause, duration ago);
  std::uint64_t own_roster_hash(const peer&) const;
  std::uint64_t held_roster_hash(const peer&) const;
  void receive(peer&, const roster_delta_frame&, time_point now);
  void receive(peer&, const roster_snapshot_frame&, time_point now);
  void receive(peer&, const roster_done_frame&, time_point now);
  void receive(peer&, const roster_request_frame&, time_point now);
  std::optional<channel_ref> local_channel(const peer&, std::uint16_t app,
                                           std::string_view channel) const;

  // node_questions.cpp
  void receive(peer&, const query_frame&, time_point now);
  void receive(peer&, const answer_frame&, time_point now);
  void finish_questions(time_point now);

  void push(peer&, const frame&);
  void push_bytes(peer&, segment_kind, std::string_view encoded);
  void queue(peer&, lane, segment);
  void seal(peer&);
  void seal_all();

  node_settings settings_;
  random_source random_;
  membership membership_;
  interest_log log_;
  interest_view view_;
  subscribe_barrier barrier_;
  owner owner_;
  cache_store cache_;
  open_queries desk_;
  banned_addresses banned_addresses_;
  tunnel_planner tunnels_;
  tunnel_relay relays_;
  node_stats stats_;
  node_effects out_;

  std::map<link_id, connection> connections_;
  std::map<epoch_t, peer> peers_;
  std::vector<link_id> closing_tunnels_;
  std::map<std::pair<epoch_t, epoch_t>, std::uint64_t> paths_heard_;  ///< by {via, origin}
  std::set<epoch_t> heard_through_tunnels_;                           ///< in this turn
  std::map<std::uint64_t, tunnelled_turn> tunnelled_turns_;
  std::map<epoch_t, stream_receipt> receipts_;  ///< of peers declared dead, for ten minutes
  std::map<std::uint64_t, std::vector<presence_channel>> presence_;    ///< by key
  std::map<std::uint64_t, pending_channel> pending_;                   ///< by ticket
  std::map<std::uint64_t, std::vector<std::uint64_t>> cache_waiters_;  ///< tickets by key
  std::map<std::uint64_t, cache_look_up> look_ups_;
  std::map<std::uint64_t, asked_question> questions_;  ///< by the desk's id
  std::uint64_t roster_version_ = 0;
  std::uint64_t last_tunnel_ = 0;
  std::uint64_t last_tunnelled_turn_ = 0;
  std::set<std::pair<std::uint64_t, epoch_t>> hand_over_;  ///< {key, to}: cached events to be sent
  time_point next_membership_tick_{};
  time_point dials_paused_until_{};
  time_point last_tick_;
  time_point links_trusted_until_{};  ///< after an own pause: none is given up before
  std::optional<time_point> leaving_since_;
  bool batch_ = false;
  bool goodbye_said_ = false;
  bool knew_peers_ = false;
};

}  // namespace grapevine::cluster
