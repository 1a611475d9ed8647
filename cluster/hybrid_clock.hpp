#pragma once

#include <atomic>
#include <cstdint>

namespace grapevine::cluster {

/// A hybrid logical clock (Kulkarni et al. 2014) in one number, `unix_ms << 16 | counter`: never
/// behind the wall clock, never behind anything seen, strictly increasing. The counter gives a
/// stamp to 65,536 events a millisecond before the clock runs ahead of the wall. Shared by all
/// threads of a node, without a lock.
class hybrid_clock {
public:
  /// `wall_ms`: unix time.
  std::uint64_t next(std::uint64_t wall_ms) noexcept;
  /// Something stamped `seen` has arrived. What is more than a minute ahead of `wall_ms` is a
  /// broken clock's and ignored.
  void observe(std::uint64_t seen, std::uint64_t wall_ms) noexcept;

  /// The unix time in a stamp, in milliseconds.
  static std::uint64_t wall_of(std::uint64_t stamp) noexcept {
    return stamp >> counter_bits;
  }

private:
  static constexpr unsigned counter_bits = 16;

  std::atomic<std::uint64_t> last_{0};
};

}  // namespace grapevine::cluster
