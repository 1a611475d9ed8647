#pragma once

#include <cstdint>

namespace grapevine::cluster {

/// A hybrid logical clock in milliseconds (Kulkarni et al. 2014, folded into one number): never
/// behind the wall clock, never behind anything seen, strictly increasing.
class hybrid_clock {
public:
  /// `wall_ms`: unix time.
  std::uint64_t next(std::uint64_t wall_ms) noexcept;
  /// Something stamped `seen` has arrived. What is more than a minute ahead of `wall_ms` is a
  /// broken clock's and ignored.
  void observe(std::uint64_t seen, std::uint64_t wall_ms) noexcept;

private:
  std::uint64_t last_ = 0;
};

}  // namespace grapevine::cluster
