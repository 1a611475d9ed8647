#pragma once

#include "cluster/types.hpp"

namespace grapevine::cluster {

/// SplitMix64 (Steele, Lea & Flood, 2014): the one source of randomness of the pure classes, seeded
/// from outside. Equal seeds give equal sequences on every platform, which the standard
/// distributions do not promise.
class random_source {
public:
  explicit random_source(std::uint64_t seed) noexcept : state_{seed} {}

  std::uint64_t next() noexcept;
  /// Uniform in [0, bound); 0 when `bound` is 0. The modulo bias is below 2^-32 for the small
  /// bounds used here.
  std::uint64_t below(std::uint64_t bound) noexcept;
  /// Uniform in [low, high].
  duration between(duration low, duration high) noexcept;
  /// True in `percent` of a hundred cases.
  bool chance(unsigned percent) noexcept;

private:
  std::uint64_t state_;
};

/// SplitMix64's finaliser: a bijection that spreads every input bit over all output bits.
std::uint64_t mix(std::uint64_t) noexcept;

}  // namespace grapevine::cluster
