#include "cluster/hybrid_clock.hpp"

#include <algorithm>

namespace grapevine::cluster {

std::uint64_t hybrid_clock::next(std::uint64_t wall_ms) noexcept {
  last_ = std::max(last_ + 1, wall_ms << counter_bits);
  return last_;
}

void hybrid_clock::observe(std::uint64_t seen, std::uint64_t wall_ms) noexcept {
  constexpr std::uint64_t ahead_max_ms = 60'000;
  if (wall_of(seen) <= wall_ms + ahead_max_ms)
    last_ = std::max(last_, seen);
}

}  // namespace grapevine::cluster
