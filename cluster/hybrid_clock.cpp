#include "cluster/hybrid_clock.hpp"

#include <algorithm>

namespace grapevine::cluster {

std::uint64_t hybrid_clock::next(std::uint64_t wall_ms) noexcept {
  auto last = last_.load(std::memory_order_relaxed);
  std::uint64_t fresh = 0;
  do
    fresh = std::max(last + 1, wall_ms << counter_bits);
  while (!last_.compare_exchange_weak(last, fresh, std::memory_order_relaxed));
  return fresh;
}

void hybrid_clock::observe(std::uint64_t seen, std::uint64_t wall_ms) noexcept {
  constexpr std::uint64_t ahead_max_ms = 60'000;
  if (wall_of(seen) > wall_ms + ahead_max_ms)
    return;
  auto last = last_.load(std::memory_order_relaxed);
  while (last < seen && !last_.compare_exchange_weak(last, seen, std::memory_order_relaxed)) {
  }
}

}  // namespace grapevine::cluster
