#pragma once

#include "cluster/streams/incoming_stream.hpp"
#include "cluster/streams/outgoing_stream.hpp"

#include <deque>
#include <optional>

namespace grapevine::cluster {

/// What the peer's `resume_frame` led to.
struct resume_outcome {
  /// Send this first: our stream could not go on and starts anew.
  std::optional<resume_frame> again;
  bool send_state = false;      ///< the peer has none of our state: push all of it
  bool peer_restarted = false;  ///< the peer's stream is new: await all of its state
};

/// Both ordered streams between this node and one peer epoch, and the control lane beside them.
/// Outlives connections:
///
///   no link -> open() -> [our resume is out] -> on_resume() -> writing, reading -> close() -> no
///   link
///
/// Each side says which stream it writes and how much it has of the other's; a stream continues at
/// exactly that byte, so while both epochs live nothing is lost or doubled. A peer that has given
/// our stream up gets a new one from offset 0, announced by a second resume. Partial frames at the
/// end of a connection are the reader's to discard.
class peer_session {
public:
  /// `id` names the stream we write: random, not 0.
  peer_session(const peer_session_settings&, std::uint64_t id);

  /// A connection was admitted; returns the frame to send on it. `resync`: we have dropped the
  /// peer's state.
  resume_frame open(bool resync);
  /// The first of a connection places both streams; a later one only replaces the peer's.
  /// `fresh_id` names our stream if it has to start anew.
  resume_outcome on_resume(const resume_frame&, std::uint64_t fresh_id, time_point now);
  void close();
  bool linked() const noexcept {
    return phase_ != phase::no_link;
  }
  bool ready() const noexcept {
    return phase_ == phase::streaming;
  }

  push_result push(lane, segment, std::size_t node_bytes);
  /// Queues an encoded control frame; false if the lane is full or there is no link, then it is
  /// dropped.
  bool push_control(shared_bytes);
  /// What to write next, control first, about `budget` bytes. Empty: nothing may be written now.
  std::vector<slice> next_write(std::size_t budget, time_point now);
  bool on_ack(const ack_frame&, time_point now);

  incoming_stream& incoming() noexcept {
    return in_;
  }
  const outgoing_stream& outgoing() const noexcept {
    return out_;
  }
  /// `received`: suspect the peer; `consumed`: close the link and keep the session.
  stall check(time_point now) const noexcept {
    return out_.check(now);
  }
  /// Everything held for this peer.
  std::size_t bytes() const noexcept {
    return out_.bytes() + control_bytes_;
  }

private:
  enum class phase : std::uint8_t { no_link, resuming, streaming };

  peer_session_settings settings_;
  outgoing_stream out_;
  incoming_stream in_;
  std::deque<shared_bytes> control_;
  std::size_t control_bytes_ = 0;
  phase phase_ = phase::no_link;
};

}  // namespace grapevine::cluster
