#pragma once

#include <grapevine/broadcast_result.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace grapevine::broadcasting {

/// The outcomes of several events, told by one thread and awaited by another. Shared by both, since
/// either may be done with it first.
class pending_results {
public:
  explicit pending_results(std::size_t count);

  /// Tells one outcome; only the first of each counts.
  void tell(std::size_t place, broadcast_result);
  /// All outcomes; those not told by `until` are `late`.
  std::vector<broadcast_result> wait(std::chrono::steady_clock::time_point until,
                                     const broadcast_result& late);

private:
  std::mutex mutex_;
  std::condition_variable all_told_;
  std::vector<broadcast_result> results_;
  std::vector<bool> told_;
  std::size_t missing_;
};

}  // namespace grapevine::broadcasting
