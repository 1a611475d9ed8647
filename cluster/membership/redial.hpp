#pragma once

#include "cluster/membership/membership_settings.hpp"
#include "cluster/random.hpp"

namespace grapevine::cluster {

/// When to try a connection to one member again: jittered, doubling from `redial_min` to
/// `redial_max`.
class redial {
public:
  /// The next try is due at `at`, and the back-off starts over.
  void schedule(time_point at) noexcept;
  bool due(time_point now) const noexcept {
    return !dialling_ && now >= next_;
  }
  void started() noexcept {
    dialling_ = true;
  }
  /// The try came to nothing. `slow` members are tried every `redial_slow`.
  void failed(time_point now, bool slow, const membership_settings&, random_source&) noexcept;
  void postpone(duration by) noexcept {
    next_ += by;
  }

private:
  time_point next_{};
  duration backoff_{};
  bool dialling_ = false;
};

}  // namespace grapevine::cluster
