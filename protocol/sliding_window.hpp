#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

namespace grapevine::protocol {

/// Counts what happens within any stretch of time of one length: there is no boundary at which a
/// burst could be let through twice. Costs a pointer until something happens, then 8 bytes for each
/// thing that counts.
class sliding_window {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Counts one more, unless `count_max` have been counted within the `length` before `now`. `now`
  /// never goes back; `count_max` and `length` are the same in every call.
  bool take(time_point now, std::chrono::milliseconds length, std::size_t count_max);

private:
  struct ring {
    /// The last ones; from `count_max` on the newest replaces the oldest.
    std::vector<time_point> taken;
    std::size_t oldest = 0;
  };
  std::unique_ptr<ring> ring_;
};

}  // namespace grapevine::protocol
