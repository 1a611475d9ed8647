#pragma once

#include "cluster/streams/outgoing_stream.hpp"
#include "cluster/types.hpp"

#include <cstdint>

namespace grapevine::cluster {

/// What is seen of a peer's link when it is looked at.
struct link_signs {
  bool tunnel = false;
  bool peer_alive = false;       ///< as membership has it: neither suspect nor gone
  bool silent = false;           ///< others hear the peer, this node has not for `silence_max`
  stall stream = stall::none;    ///< as its stream says
  std::uint64_t unreceived = 0;  ///< bytes written and not acknowledged
  duration unreceived_for{};     ///< since when
  time_point stall_told{};       ///< when membership was last told of a stall
};

enum class link_verdict : std::uint8_t {
  of_use,
  passes_nothing,  ///< the peer lives, but not by this link: a tunnel will do better
  stalled,         ///< it takes nothing: membership is to ask whether the peer lives
  slow_consumer,   ///< the peer's channels hang
};

/// Finds the links that are of no use, which TCP says late, or never of one direction. A tunnel has
/// less time than a socket, for there may be another relay. Nobody is judged by what he could not
/// say while this node itself was stopped.
class link_watch {
public:
  /// Without bytes for so long, while others hear the peer, a link is silent.
  static constexpr duration silence_max = std::chrono::seconds{3};
  /// What is written must be acknowledged after so long, and the time that a slow line needs for
  /// it.
  static constexpr duration unreceived_max = std::chrono::seconds{4};
  /// The least a link may carry, so that a long frame is not taken for silence.
  static constexpr std::uint64_t bytes_per_second_min = 64u << 10;
  /// After so long without a tick this node was stopped: for the same time after it what its peers
  /// have said meanwhile is read before anybody is taken for silent.
  static constexpr duration own_pause = std::chrono::milliseconds{500};

  /// `received_stall`: as in `peer_session_settings`.
  link_watch(duration received_stall, time_point now);

  void tick(time_point now);
  link_verdict judge(const link_signs&, time_point now) const;

private:
  bool passes_nothing(const link_signs&, time_point now) const;

  duration received_stall_;
  time_point last_tick_;
  time_point trusted_until_{};  ///< after an own pause: no link is given up before
};

}  // namespace grapevine::cluster
