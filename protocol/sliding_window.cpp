#include "protocol/sliding_window.hpp"

namespace grapevine::protocol {

bool sliding_window::take(time_point now, std::chrono::milliseconds length, std::size_t count_max) {
  if (count_max == 0)
    return false;
  if (!ring_)
    ring_ = std::make_unique<ring>();
  auto& [taken, oldest] = *ring_;
  if (taken.size() < count_max) {
    // When nothing in it counts any more, it starts anew and stays small.
    if (!taken.empty() && now - taken.back() >= length)
      taken.clear();
    taken.push_back(now);
    return true;
  }
  if (now - taken[oldest] < length)
    return false;
  taken[oldest] = now;
  oldest = (oldest + 1) % count_max;
  return true;
}

}  // namespace grapevine::protocol
