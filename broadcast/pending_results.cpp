#include "broadcast/pending_results.hpp"

#include <utility>

namespace grapevine::broadcasting {

pending_results::pending_results(std::size_t count)
    : results_(count), told_(count, false), missing_{count} {}

void pending_results::tell(std::size_t place, broadcast_result result) {
  const std::lock_guard lock{mutex_};
  if (told_[place])
    return;
  told_[place] = true;
  results_[place] = std::move(result);
  if (--missing_ == 0)
    all_told_.notify_all();
}

std::vector<broadcast_result> pending_results::wait(std::chrono::steady_clock::time_point until,
                                                    const broadcast_result& late) {
  std::unique_lock lock{mutex_};
  all_told_.wait_until(lock, until, [this] { return missing_ == 0; });
  for (std::size_t i = 0; i < results_.size(); ++i) {
    if (told_[i])
      continue;
    told_[i] = true;
    results_[i] = late;
  }
  return std::move(results_);
}

}  // namespace grapevine::broadcasting
