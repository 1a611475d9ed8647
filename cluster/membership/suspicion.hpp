#pragma once

#include "cluster/types.hpp"

#include <cstddef>
#include <utility>
#include <vector>

namespace grapevine::cluster {

/// Shortest time a member of a cluster of `members` nodes stays suspect: mult x max(1, log10 n) x
/// interval.
duration suspicion_min(unsigned mult, std::size_t members, duration interval) noexcept;

/// How long a member with that many `confirmations` by others stays suspect before it is dead
/// (Lifeguard, Dadgar, Phillips & Currey 2017, section III.B): `max` without any, falling with the
/// logarithm to `min` when all `wanted` are there. With nobody to ask (`wanted` 0) it is `min`.
duration suspicion_timeout(unsigned confirmations, unsigned wanted, duration min,
                           duration max) noexcept;

/// The open case against one member in one incarnation: since when, and who accuses.
class suspicion {
public:
  suspicion(time_point started, epoch_t accuser) : started_{started}, accusers_{accuser} {}

  /// Adds an accuser; false if it is a known one, or nobody counts them any more.
  bool confirm(epoch_t accuser);
  /// Somebody's suspicion has run out: this one needs no further confirmation, but still most
  /// of its shortest time, in which the member may refute. False if that was known.
  bool condemn() noexcept {
    return !std::exchange(condemned_, true);
  }
  bool condemned() const noexcept {
    return condemned_;
  }
  /// Accusers besides the first.
  unsigned confirmations() const noexcept {
    return static_cast<unsigned>(accusers_.size() - 1);
  }
  epoch_t first_accuser() const noexcept {
    return accusers_.front();
  }
  time_point started() const noexcept {
    return started_;
  }
  void postpone(duration by) noexcept {
    started_ += by;
  }

private:
  static constexpr std::size_t accusers_max = 16;

  time_point started_;
  std::vector<epoch_t> accusers_;
  bool condemned_ = false;
};

}  // namespace grapevine::cluster
