#pragma once

#include "cluster/node/node_effects.hpp"
#include "cluster/streams/session.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace grapevine::cluster {

/// Frames of one kind on their way into a session's live lane.
struct open_segment {
  std::string bytes;
  segment_kind kind = segment_kind::state;
  std::uint32_t events = 0;
};

/// What a peer's stream has brought.
struct event_tally {
  std::uint64_t received = 0;
  std::uint64_t left_out = 0;     ///< counted by gaps
  std::uint64_t unknown_app = 0;  ///< received, for an app that this node does not know
  bool operator==(const event_tally&) const = default;
};

/// Another node as a sender and receiver of state and events: alive or suspect, linked or between
/// two links. Owned by `node_core`, gone when the node is dead or has left.
struct peer {
  peer(const node_info& who, const session_settings& settings, std::uint64_t stream_id)
      : info{who}, stream{settings, stream_id} {}

  node_info info;
  session stream;
  link_id link = 0;   ///< 0: none
  bool gone = false;  ///< it has left; only the link is still there, for its goodbye
  /// We have dropped its state and ask for all of it with each link until it comes.
  bool forgotten = false;
  bool dialled_by_us = false;
  time_point linked_at{};
  time_point last_bytes{};  ///< by whatever way its bytes came
  time_point stall_told{};  ///< when membership was last told that the link takes nothing
  unsigned slot = 0;        ///< in the interest view
  open_segment open;

  // -- what it knows of us
  bool begun = false;                   ///< our interest has begun to be sent on the current stream
  bool needs_state = false;             ///< state was dropped from its queue: all of it again
  std::uint64_t acked = 0;              ///< version of our interest log
  std::vector<std::uint64_t> snapshot;  ///< keys of our interest still to be sent, from the back
  bool snapshot_open = false;           ///< `interest_done` has not been sent
  bool changed = false;                 ///< since the last digest was planned
  time_point digest_at = time_point::max();

  // -- what we know of it
  std::uint64_t applied = 0;  ///< version of its interest log; 0 while unknown
  std::uint64_t heard = 0;    ///< version of which some is applied, while a snapshot arrives
  std::uint64_t ack_sent = 0;
  /// Its number -> our place; unknown apps are absent.
  std::map<std::uint16_t, std::uint32_t> apps;
  bool roster_requested = false;
  event_tally events;
  std::uint32_t questions = 0;  ///< it has put and we have not answered

  bool cache_due = false;  ///< events were left out: the last of cache channels may be among them
  bool slow_reported = false;
};

/// How much of a dead peer's stream has arrived, should it turn out to be alive after all.
struct stream_receipt {
  std::uint64_t stream = 0;
  std::uint64_t received = 0;
  std::map<std::uint16_t, std::uint32_t> apps;  ///< as it has named them
  time_point until{};
};

}  // namespace grapevine::cluster
