#pragma once

#include "cluster/streams/segment.hpp"
#include "cluster/wire/frames.hpp"

#include <cstdint>
#include <deque>
#include <optional>

namespace grapevine::cluster {

/// The sequenced segments that have not been written yet: two FIFO lanes, of which bulk gets a
/// quarter of the bytes while both wait (deficit round robin, Shreedhar & Varghese 1995) and
/// everything while it waits alone.
///
/// Invariant: between two gaps of the live lane there is at least one segment, so gaps are bounded
/// by the segments.
class lane_queue {
public:
  /// Events belong to the live lane.
  void push(lane, segment);

  bool empty() const noexcept {
    return live_.empty() && bulk_.empty() && !state_lost_;
  }
  /// Takes the segment that is written next; a gap comes out as an encoded `gap_frame`. Not to be
  /// called when empty.
  segment pop();

  /// Removes events, oldest first, until `bytes()` is at most `target` or no event is left. A gap
  /// with their number takes the place of each run. Returns how many.
  std::uint64_t drop_events(std::size_t target);
  /// Removes all state. The next segment will be a gap that says so: whatever state is pushed from
  /// here on starts over.
  void drop_state();
  void clear();

  /// Cost of everything held, overheads included.
  std::size_t bytes() const noexcept {
    return bytes_;
  }
  std::size_t state_bytes() const noexcept {
    return state_bytes_;
  }

private:
  /// A segment, or (without bytes) a gap of that many events.
  struct entry {
    std::optional<segment> content;
    std::uint64_t gap = 0;
  };

  static std::size_t cost_of(const entry&) noexcept;
  static bool is(const entry&, segment_kind) noexcept;
  segment take(std::deque<entry>& lane);

  std::deque<entry> live_;
  std::deque<entry> bulk_;
  bool state_lost_ = false;
  std::int64_t bulk_owed_ = 0;  ///< bytes bulk may write before live's turn comes again
  std::size_t bytes_ = 0;
  std::size_t state_bytes_ = 0;
  std::size_t bulk_bytes_ = 0;
};

}  // namespace grapevine::cluster
