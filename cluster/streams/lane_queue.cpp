#include "cluster/streams/lane_queue.hpp"

#include "cluster/wire/shared_frame.hpp"

#include <cassert>
#include <utility>

namespace grapevine::cluster {

namespace {

segment gap_segment(std::uint64_t events, bool state) {
  return {shared(gap_frame{events, state}), segment_kind::state, 0};
}

}  // namespace

std::size_t lane_queue::cost_of(const entry& e) noexcept {
  return e.content ? cost(*e.content) : segment_overhead_bytes;
}

bool lane_queue::is(const entry& e, segment_kind kind) noexcept {
  return e.content && e.content->kind == kind;
}

void lane_queue::push(lane where, segment s) {
  assert(where == lane::live || (where == lane::bulk && s.kind == segment_kind::state));
  const auto size = cost(s);
  bytes_ += size;
  if (s.kind == segment_kind::state)
    state_bytes_ += size;
  if (where == lane::bulk)
    bulk_bytes_ += size;
  (where == lane::bulk ? bulk_ : live_).push_back({std::move(s), 0});
}

segment lane_queue::take(std::deque<entry>& lane) {
  auto first = std::move(lane.front());
  lane.pop_front();
  bytes_ -= cost_of(first);
  if (is(first, segment_kind::state))
    state_bytes_ -= cost_of(first);
  if (&lane == &bulk_)
    bulk_bytes_ -= cost_of(first);
  return first.content ? std::move(*first.content) : gap_segment(first.gap, false);
}

segment lane_queue::pop() {
  assert(!empty());
  if (std::exchange(state_lost_, false))
    return gap_segment(0, true);
  const bool both = !live_.empty() && !bulk_.empty();
  if (!both) {
    bulk_owed_ = 0;
    return take(live_.empty() ? bulk_ : live_);
  }
  if (bulk_owed_ > 0) {
    auto taken = take(bulk_);
    bulk_owed_ -= static_cast<std::int64_t>(taken.bytes->size());
    return taken;
  }
  // A third of what live writes is a quarter of the sum; never less than a byte, so that bulk
  // cannot starve.
  auto taken = take(live_);
  bulk_owed_ += static_cast<std::int64_t>(taken.bytes->size() / 3 + 1);
  return taken;
}

std::uint64_t lane_queue::drop_events(std::size_t target) {
  std::uint64_t dropped = 0;
  std::deque<entry> kept;
  for (auto& e : live_) {
    if (is(e, segment_kind::events) && bytes_ > target) {
      bytes_ -= cost_of(e);
      dropped += e.content->events;
      e = {std::nullopt, e.content->events};
      bytes_ += cost_of(e);
    }
    if (!e.content && !kept.empty() && !kept.back().content) {
      kept.back().gap += e.gap;
      bytes_ -= cost_of(e);
    } else {
      kept.push_back(std::move(e));
    }
  }
  live_ = std::move(kept);
  return dropped;
}

void lane_queue::drop_state() {
  std::deque<entry> kept;
  for (auto& e : live_) {
    const bool joins_gap = !e.content && !kept.empty() && !kept.back().content;
    if (is(e, segment_kind::state) || joins_gap)
      bytes_ -= cost_of(e);
    if (joins_gap)
      kept.back().gap += e.gap;
    else if (!is(e, segment_kind::state))
      kept.push_back(std::move(e));
  }
  live_ = std::move(kept);
  bytes_ -= bulk_bytes_;
  bulk_.clear();
  bulk_bytes_ = state_bytes_ = 0;
  state_lost_ = true;
}

void lane_queue::clear() {
  *this = lane_queue{};
}

}  // namespace grapevine::cluster
