#pragma once

#include "cluster/streams/lane_queue.hpp"

#include <algorithm>
#include <deque>
#include <vector>

namespace grapevine::cluster {

/// Bounds in bytes and times of the streams between two nodes. Both ends must have the same
/// `window`; the others are each node's own.
struct peer_session_settings {
  /// Written but not consumed by the peer: the credit. More fills longer and fatter lines; it is
  /// also what a peer may make this node read ahead of its channels.
  std::size_t window = 4u << 20;
  /// Held for one peer. Above `soft` it is reported as slow; above `hard` its oldest events are
  /// left out. More rides out longer pauses of a peer and costs that memory for each slow one.
  std::size_t soft = 8u << 20;
  std::size_t hard = 16u << 20;
  /// The same for all peers together; at this bound publishers are refused, too.
  std::size_t node_total = 256u << 20;
  /// Unwritten state. Beyond it all of it is dropped and sent anew: so it has to be more than a
  /// usual backlog of changes, and need not be more than the state itself.
  std::size_t state_max = 4u << 20;
  /// Unwritten control frames; the newest is dropped, membership repeats itself.
  std::size_t control_max = 256u << 10;
  /// One segment, unless a single frame is longer. More makes fewer, longer writes; what is left
  /// out is left out by segments.
  std::size_t segment_max = 1u << 18;
  /// An acknowledgement is sent after so many bytes or so much time. Less frees the other end's
  /// memory sooner and costs frames.
  std::size_t ack_bytes = 64u << 10;
  duration ack_delay = std::chrono::milliseconds{5};
  /// Written bytes that are not received for so long make membership ask whether the peer lives.
  /// Less finds a dead line sooner; it must be well above a round trip.
  duration received_stall = std::chrono::seconds{2};
  /// Received bytes that are not consumed for so long end the link: the peer's channels hang.
  duration consumed_stall = std::chrono::seconds{10};
};

/// What a push did to the stream.
struct push_result {
  std::uint64_t events_dropped = 0;
  bool state_dropped = false;  ///< all unwritten state is gone: push it again from the start
  bool operator==(const push_result&) const = default;
};

/// Why a link should not be trusted any more; see `peer_session::check`.
enum class stall : std::uint8_t { none, received, consumed };

/// The stream of live and bulk frames to one peer: unwritten segments, and the written ones that
/// the peer has not acknowledged, kept for replay over the next connection. Offsets count the
/// stream's bytes from 0.
///
/// acked_ (peer has it) <= position_ (written on this connection) <= end_ (ever written).
class outgoing_stream {
public:
  outgoing_stream(const peer_session_settings&, std::uint64_t id);

  std::uint64_t id() const noexcept {
    return id_;
  }
  /// Queues frames. `node_bytes` is what all sessions of this node hold, this one included.
  push_result push(lane, segment, std::size_t node_bytes);

  /// Continues at `received` over a new connection; false, and no change, when those bytes are not
  /// held any more or were never written.
  bool resume(std::uint64_t received, time_point now);
  /// Starts a new stream: nothing held, offset 0.
  void restart(std::uint64_t id, time_point now);
  /// The connection is gone; nothing is written before `resume` or `restart`.
  void halt() noexcept {
    open_ = false;
  }

  /// Appends what may be written now, about `budget` bytes and at most one segment more.
  void take(std::size_t budget, time_point now, std::vector<slice>& out);
  /// False if the peer acknowledges what it cannot have.
  bool on_ack(const ack_frame&, time_point now);
  stall check(time_point now) const noexcept;
  /// How long written bytes have waited for the peer to say that it has them; 0: none wait.
  duration unreceived_for(time_point now) const noexcept;
  std::uint64_t unreceived() const noexcept {
    return position_ - acked_;
  }

  /// Cost of all that is held: unacknowledged plus queued.
  std::size_t bytes() const noexcept {
    return kept_bytes_ + queue_.bytes();
  }
  /// How much state may be queued before all that is unwritten is dropped.
  std::size_t state_room() const noexcept {
    return settings_.state_max - std::min(settings_.state_max, queue_.state_bytes());
  }
  bool slow() const noexcept {
    return bytes() > settings_.soft;
  }
  bool idle() const noexcept {
    return kept_.empty() && queue_.empty();
  }
  std::uint64_t end() const noexcept {
    return end_;
  }

private:
  struct written {
    shared_bytes bytes;
    std::uint64_t begin;
    std::uint64_t end() const noexcept {
      return begin + bytes->size();
    }
  };

  void forget_acked();
  void rewrite(std::size_t budget, std::size_t& taken, std::vector<slice>& out);

  peer_session_settings settings_;
  std::uint64_t id_;
  lane_queue queue_;
  std::deque<written> kept_;
  std::size_t kept_bytes_ = 0;
  std::uint64_t acked_ = 0;
  std::uint64_t consumed_ = 0;
  std::uint64_t position_ = 0;
  std::uint64_t end_ = 0;
  bool open_ = false;
  time_point received_progress_{};
  time_point consumed_progress_{};
};

}  // namespace grapevine::cluster
