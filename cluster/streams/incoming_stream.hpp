#pragma once

#include "cluster/streams/outgoing_stream.hpp"

#include <deque>
#include <optional>

namespace grapevine::cluster {

/// The other end of a peer's `outgoing_stream`: how much has arrived, and how much of that the
/// shards have processed.
///
/// The reader hands each turn's frames to some shards; `consumed` advances over a turn when all of
/// them have reported, oldest turn first.
class incoming_stream {
public:
  explicit incoming_stream(const peer_session_settings& settings) : settings_{settings} {}

  std::uint64_t id() const noexcept {
    return id_;
  }
  std::uint64_t received() const noexcept {
    return received_;
  }
  std::uint64_t consumed() const noexcept {
    return consumed_;
  }

  /// Picks up the receipt of a stream whose state was dropped: everything received counts as
  /// consumed.
  void recall(std::uint64_t id, std::uint64_t received);
  /// The peer writes stream `id` now. True if it goes on where we are, false if it is new to us and
  /// starts at 0.
  bool begin(std::uint64_t id);

  /// Counts one complete frame. False if the peer writes far beyond its credit.
  bool accept(std::size_t frame_bytes);
  /// Closes the turn that consists of everything accepted since the last; `parts` shards will
  /// report it. Returns its number. With 0 parts it is consumed as soon as the older ones are.
  std::uint64_t end_turn(unsigned parts);
  /// One shard has processed its part of that turn. Late reports for a stream that was replaced are
  /// ignored.
  void part_done(std::uint64_t turn);

  /// The ack to send now: something changed, and 64 kB or 5 ms have passed since the last.
  std::optional<ack_frame> ack_due(time_point now);
  /// Forgets when the last ack was sent, so that the next connection starts with one.
  void reconnected() noexcept {
    told_ = false;
  }

private:
  struct turn {
    std::uint64_t end;
    unsigned parts_left;
  };

  void settle();

  peer_session_settings settings_;
  std::uint64_t id_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t consumed_ = 0;
  std::deque<turn> turns_;
  std::uint64_t first_turn_ = 0;  ///< number of turns_.front()
  ack_frame last_ack_;
  bool told_ = false;
  time_point last_ack_at_{};
};

}  // namespace grapevine::cluster
