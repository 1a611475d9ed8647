#pragma once

#include "broadcast/broadcast_core.hpp"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace grapevine::broadcasting {

/// What fake transports were given, and what they answer. Shared between test and broadcaster.
class fake_side {
public:
  using answer = std::function<broadcast_result(const broadcast_item&)>;

  /// From now on items are answered by `f`, in the sending thread.
  void answer_with(answer f) {
    const std::lock_guard lock{mutex_};
    answer_ = std::move(f);
  }
  std::vector<broadcast_item> sent() const {
    const std::lock_guard lock{mutex_};
    return sent_;
  }
  /// One number a call of `send`: how many items it had.
  std::vector<std::size_t> calls() const {
    const std::lock_guard lock{mutex_};
    return calls_;
  }
  /// Waits until that many items were sent; false after 10 s.
  bool wait_for(std::size_t count) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, std::chrono::seconds{10}, [&] { return sent_.size() >= count; });
  }

  std::vector<broadcast_result> take(const std::vector<broadcast_item>& items) {
    answer how;
    {
      const std::lock_guard lock{mutex_};
      calls_.push_back(items.size());
      how = answer_;
    }
    std::vector<broadcast_result> results;
    for (const auto& one : items)
      results.push_back(how ? how(one) : broadcast_result{});
    const std::lock_guard lock{mutex_};
    sent_.insert(sent_.end(), items.begin(), items.end());
    changed_.notify_all();
    return results;
  }

private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<broadcast_item> sent_;
  std::vector<std::size_t> calls_;
  answer answer_;
};

class fake_transport final : public transport {
public:
  explicit fake_transport(std::shared_ptr<fake_side> side) : side_{std::move(side)} {}
  std::vector<broadcast_result> send(const std::vector<broadcast_item>& items,
                                     std::chrono::steady_clock::time_point) override {
    return side_->take(items);
  }
  void stop() noexcept override {}

private:
  std::shared_ptr<fake_side> side_;
};

/// A broadcaster that has the drivers "grapevine" and "other", both fake and of one side.
struct fake_broadcaster {
  explicit fake_broadcaster(broadcast_settings settings = {}) {
    auto make = [side = side](std::string_view driver, const broadcast_settings&,
                              broadcast_result& error) -> std::unique_ptr<transport> {
      if (driver == "grapevine" || driver == "other")
        return std::make_unique<fake_transport>(side);
      error = {broadcast_errc::unknown_driver, "no such driver"};
      return nullptr;
    };
    core = std::make_shared<detail::broadcast_core>(std::move(settings), make);
  }
  broadcaster handle() const {
    return broadcaster{core};
  }

  std::shared_ptr<fake_side> side = std::make_shared<fake_side>();
  std::shared_ptr<detail::broadcast_core> core;
};

}  // namespace grapevine::broadcasting
