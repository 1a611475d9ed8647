#pragma once

#include "drivers/driver.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <string>

namespace grapevine::drivers {

/// The events on their way out of one driver, oldest first, bounded in bytes. Those at the front
/// may be *in flight*: sent, and not answered. Over the bound the oldest that are not in flight are
/// dropped. Counts what becomes of all of them; completions are called by nobody but this.
class outgoing_queue {
public:
  explicit outgoing_queue(std::size_t bytes_max) noexcept : bytes_max_{bytes_max} {}

  /// Appends an event, dropping what has to go for it. One that is larger than the bound by itself
  /// is dropped.
  void push(outgoing_event, completion);
  /// Takes the oldest that waits into flight; null when none waits. Valid until it is answered.
  const outgoing_event* send_next();
  /// What would be sent next; null when none waits.
  const outgoing_event* waiting() const noexcept;
  /// The oldest in flight is done: only while there is one. Its completion is called last, so it
  /// may publish.
  void answer(const outcome&);
  /// The connection is lost: what was in flight waits again, in its old place.
  void rewind() noexcept {
    in_flight_ = 0;
  }
  /// Drops everything; what is pushed afterwards is dropped at once with the same words.
  void close(std::string why);

  std::size_t in_flight() const noexcept {
    return in_flight_;
  }
  std::size_t size() const noexcept {
    return items_.size();
  }
  bool empty() const noexcept {
    return items_.empty();
  }
  std::size_t bytes() const noexcept {
    return bytes_;
  }
  /// Fills in what a queue knows.
  void describe(driver_stats&) const noexcept;

private:
  struct item {
    outgoing_event event;
    completion done;
    std::size_t bytes = 0;
  };

  void make_room();
  void finish(const item&, const outcome&);

  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::size_t in_flight_ = 0;
  std::deque<std::unique_ptr<item>> items_;  ///< each stays in its place in memory
  std::string closed_;                       ///< why, once it is
  driver_stats counted_;
};

/// What an event occupies in a queue.
std::size_t queued_bytes(const outgoing_event&) noexcept;

}  // namespace grapevine::drivers
