#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

namespace grapevine::test {

/// How long a test waits for something that must happen.
constexpr std::chrono::seconds deadline{10};

/// What happened on another thread, to be waited for.
class event_log {
public:
  void add(std::string event) {
    const std::lock_guard lock{mutex_};
    events_.push_back(std::move(event));
    changed_.notify_all();
  }

  /// True as soon as the event has happened `times` times; false past the deadline.
  bool wait_for(const std::string& event, std::size_t times = 1) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, deadline, [&] { return count_unlocked(event) >= times; });
  }

  std::size_t count(const std::string& event) const {
    const std::lock_guard lock{mutex_};
    return count_unlocked(event);
  }

  std::vector<std::string> all() const {
    const std::lock_guard lock{mutex_};
    return events_;
  }

private:
  std::size_t count_unlocked(const std::string& event) const {
    return static_cast<std::size_t>(std::count(events_.begin(), events_.end(), event));
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> events_;
};

}  // namespace grapevine::test
