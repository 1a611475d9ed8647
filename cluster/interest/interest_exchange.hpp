#pragma once

#include "cluster/interest/interest_log.hpp"
#include "cluster/interest/interest_view.hpp"
#include "cluster/interest/subscribe_barrier.hpp"
#include "cluster/wire/frame_sink.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

namespace grapevine::cluster {

/// Tells peers what this node wants and learns what they want (cluster.md section 4).
///
/// To a peer: `interest_begin`, chunks of the keys wanted at the moment each chunk is written, with
/// deltas between them, `interest_done`; from then on deltas. All in one FIFO lane, so the peer
/// ends with exactly the log. Chunks are written only while little is queued, so that events are
/// not held up behind a large log.
///
/// What hangs on a key besides (parts of rosters, cached events) is the caller's: frames and
/// flushes return the keys for which it has something to do.
class interest_exchange {
public:
  /// `linger` and `seed` as in `interest_log`, `ack_timeout` as in `subscribe_barrier`.
  interest_exchange(duration linger, duration ack_timeout, std::uint64_t seed,
                    frame_sink& to_peers);

  // -- peers

  /// A peer that is not known yet; it is sent nothing before `start`. `forgotten`: this node has
  /// dropped what it knew of that peer, and asks for all of it.
  void add_peer(epoch_t, bool forgotten);
  void drop_peer(epoch_t);
  bool has_peer(epoch_t epoch) const {
    return peers_.contains(epoch);
  }
  /// True until the peer has begun to say everything again.
  bool forgotten(epoch_t) const;
  /// New subscriptions wait for its acknowledgements, or do not.
  void await_acks(epoch_t);
  void ignore_acks(epoch_t);
  /// Sends the peer everything from the start: it has none of it.
  void start(epoch_t);
  bool started(epoch_t) const;
  /// The peer will say everything again.
  void restart_peer(epoch_t);

  // -- what this node wants

  std::uint64_t want(std::uint64_t key) {
    return log_.want(key);
  }
  void unwant(std::uint64_t key, time_point now) {
    log_.unwant(key, now);
  }
  bool wants(std::uint64_t key) const {
    return log_.contains(key);
  }
  std::uint64_t version() const noexcept {
    return log_.version();
  }
  std::uint64_t count() const noexcept {
    return log_.count();
  }
  subscribe_barrier& barrier() noexcept {
    return barrier_;
  }
  const subscribe_barrier& barrier() const noexcept {
    return barrier_;
  }

  /// Returns keys that are not wanted any more.
  std::vector<std::uint64_t> tick(time_point now) {
    return log_.tick(now);
  }
  /// Sends what has changed to everybody. Returns keys that are not wanted any more.
  std::vector<std::uint64_t> flush();
  void acknowledge_all();
  /// Continues the snapshot for a peer that takes more.
  void pump(epoch_t);
  /// State of the peer's has been sent: it is to be compared soon.
  void note_change(epoch_t);
  /// Sends what a peer must hold at this place of the stream; unequal is a defect of ours, which is
  /// mended and counted. `roster_hash`: of this node's parts of rosters that the peer wants.
  /// Returns as `flush`.
  std::vector<std::uint64_t> send_digests(const std::function<std::uint64_t(epoch_t)>& roster_hash,
                                          time_point now);

  // -- what peers want

  void on_begin(epoch_t from);
  void on_chunk(epoch_t from, const interest_chunk_frame&);
  void on_done(epoch_t from, const interest_done_frame&);
  /// False when it does not continue what is known: it was not applied, and all is asked for again.
  bool on_delta(epoch_t from, const interest_delta_frame&);
  void on_ack(epoch_t from, const interest_ack_frame&);
  /// True when the rosters can be compared as well: the peer knew all of this node's wants.
  bool on_digest(epoch_t from, const digest_frame&);

  /// Calls `each(peer)` for those that an event of the channel goes to, by epoch.
  template <class Each>
  void each_target(std::uint64_t key, Each each) const {
    const auto targets = view_.targets(key);
    if (targets.any())
      for (const auto& [epoch, p] : peers_)
        if (targets[p.slot])
          each(epoch);
  }
  /// Calls `each(peer, acknowledged, heard)` for those that are known to want the channel and have
  /// begun to hear of this node's state. `acknowledged`: this node has told the peer that it knows
  /// all of its log; `heard`: up to which version some of it is known.
  template <class Each>
  void each_follower(std::uint64_t key, Each each) const {
    const auto interested = view_.interested(key);
    if (interested.any())
      for (const auto& [epoch, p] : peers_)
        if (p.begun && interested[p.slot])
          each(epoch, !view_.unknown(p.slot) && p.applied == p.ack_sent, p.heard);
  }
  /// Whether the peer is sent the channel's events: it wants them, or nobody knows yet what it
  /// wants.
  bool sends_to(epoch_t, std::uint64_t key) const;
  /// Whether the peer is known to want the channel.
  bool wanted_by(epoch_t, std::uint64_t key) const;
  bool wanted_elsewhere(std::uint64_t key) const {
    return view_.interested(key).any();
  }
  /// False before everything the peer wants is known.
  bool knows(epoch_t) const;
  /// How much of the peer's log is applied, and how much of this node's log the peer has.
  std::uint64_t applied(epoch_t) const;
  std::uint64_t acked(epoch_t) const;
  /// How many keys one peer wants, or all.
  std::uint64_t keys_of(epoch_t) const;
  std::size_t keys() const noexcept {
    return view_.size();
  }

  /// How often a peer did not hold what it should have, or this node did not.
  std::uint64_t repairs() const noexcept {
    return repairs_;
  }

private:
  struct peer {
    unsigned slot = 0;       ///< in the view
    bool forgotten = false;  ///< as `add_peer` has it

    // -- what it knows of this node
    bool begun = false;                   ///< the log has begun to be sent on the current stream
    std::uint64_t acked = 0;              ///< version of the log
    std::vector<std::uint64_t> snapshot;  ///< keys still to be sent, from the back
    bool snapshot_open = false;           ///< `interest_done` has not been sent
    bool changed = false;                 ///< since the last digest was planned
    time_point digest_at = time_point::max();

    // -- what this node knows of it
    std::uint64_t applied = 0;  ///< version of its log; 0 while unknown
    std::uint64_t heard = 0;    ///< version of which some is applied, while a snapshot arrives
    std::uint64_t ack_sent = 0;
  };

  peer* find(epoch_t);
  const peer* find(epoch_t) const;
  void request(epoch_t from);
  void flush_into(std::vector<std::uint64_t>& removed);

  frame_sink& to_peers_;
  interest_log log_;
  interest_view view_;
  subscribe_barrier barrier_;
  std::map<epoch_t, peer> peers_;
  std::uint64_t repairs_ = 0;
};

}  // namespace grapevine::cluster
