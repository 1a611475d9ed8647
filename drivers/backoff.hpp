#pragma once

#include <chrono>
#include <cstdint>

namespace grapevine::drivers {

/// How long to wait before the next try: doubles from `min` to `max`, and each time a random part
/// of up to a half is taken off, so that many who lost the same server do not come back at once.
class backoff {
public:
  using duration = std::chrono::milliseconds;

  backoff(duration min, duration max, std::uint64_t seed) noexcept
      : min_{min}, max_{max}, random_{seed} {}

  /// The wait after one more failure.
  duration next() noexcept;
  /// It worked: the next failure is the first again.
  void reset() noexcept {
    failures_ = 0;
  }

private:
  duration min_;
  duration max_;
  std::uint64_t random_;  ///< state of the generator (splitmix64)
  unsigned failures_ = 0;
};

}  // namespace grapevine::drivers
