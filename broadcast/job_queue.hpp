#pragma once

#include "broadcast/broadcast_item.hpp"

#include <grapevine/broadcast_settings.hpp>
#include <grapevine/broadcaster.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <utility>
#include <vector>

namespace grapevine::broadcasting {

using time_point = std::chrono::steady_clock::time_point;

/// One event of a queue, and how often it was tried.
struct job {
  broadcast_item item;
  unsigned attempts = 0;
};

/// A bounded queue of events in memory: decides which is sent next, which is tried again and when,
/// and which is given up. Events leave in the order they came; one that is tried again lets others
/// pass. Not thread-safe.
class job_queue {
public:
  job_queue(const queue_settings&, std::uint64_t seed);

  /// False: as many as allowed are here already, and the event was not taken.
  bool push(broadcast_item, time_point now);
  /// The next event whose time has come; it stays counted until `finished`.
  std::optional<job> take(time_point now);
  /// When `take` has one again; nothing while none waits.
  std::optional<time_point> due() const;

  /// Tells what became of a taken event. Nothing: it is done with, or will be tried again;
  /// otherwise it is given up, and the caller reports it.
  std::optional<job> finished(job, const broadcast_result&, time_point now);

  /// Makes those that wait for another attempt due at once.
  void hurry(time_point now);
  /// Everything that waits, in order, and counts it as failed.
  std::vector<job> abandon();

  bool empty() const noexcept {
    return waiting_.empty() && figures_.sending == 0;
  }
  queue_figures figures() const noexcept;

private:
  /// (when it is due, its place among those due at the same time).
  using place = std::pair<time_point, std::uint64_t>;

  void put(job, time_point due);

  queue_settings settings_;
  std::minstd_rand random_;
  std::map<place, job> waiting_;
  std::uint64_t count_ = 0;
  queue_figures figures_;
};

}  // namespace grapevine::broadcasting
