#pragma once

#include "cluster/types.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <utility>

namespace grapevine::cluster::sim {

/// Virtual time and the events that happen in it: one thread, ordered by (time, order of
/// scheduling), so that a run depends on nothing but what is scheduled.
class sim_clock {
public:
  using callback = std::function<void()>;

  time_point now() const noexcept {
    return now_;
  }
  /// Since the beginning of the run.
  duration elapsed() const noexcept {
    return now_ - start;
  }

  /// Runs `what` at `at`, or, when that is past, as the last of the events of now.
  void schedule(time_point at, callback what);
  void after(duration delay, callback what) {
    schedule(now_ + delay, std::move(what));
  }

  /// Runs all events up to and including those of `until`; then it is `until`, unless `stop` was
  /// called.
  void run_until(time_point until);
  /// Ends `run_until` after the current event.
  void stop() noexcept {
    stopped_ = true;
  }

  std::size_t pending() const noexcept {
    return events_.size();
  }

  /// Not zero, because a default time point means "never" in some classes.
  static constexpr time_point start{std::chrono::hours{1}};

private:
  time_point now_ = start;
  std::uint64_t next_sequence_ = 0;
  bool stopped_ = false;
  std::map<std::pair<time_point, std::uint64_t>, callback> events_;
};

}  // namespace grapevine::cluster::sim
