#include "broadcast/memory_queue.hpp"

#include <algorithm>

namespace grapevine::broadcasting {

using clock = std::chrono::steady_clock;

failed_broadcast to_failed(broadcast_item item, unsigned attempts, broadcast_result why,
                           const std::string& queue) {
  return {std::move(item.event),
          std::move(item.data),
          std::move(item.channels),
          std::move(item.except),
          std::move(item.driver),
          queue,
          attempts,
          std::move(why)};
}

memory_queue::memory_queue(std::string name, const queue_settings& settings, queue_hooks hooks)
    : name_{std::move(name)}, hooks_{std::move(hooks)},
      jobs_{settings, static_cast<std::uint64_t>(clock::now().time_since_epoch().count())} {
  const auto count = std::clamp(settings.workers, 1u, 256u);
  for (unsigned i = 0; i < count; ++i)
    workers_.emplace_back([this] { work(); });
}

memory_queue::~memory_queue() {
  stop();
}

broadcast_result memory_queue::push(broadcast_item item) {
  {
    const std::lock_guard lock{mutex_};
    if (stopping_)
      return {broadcast_errc::stopped, "The broadcaster has ended"};
    if (!jobs_.push(std::move(item), clock::now()))
      return {broadcast_errc::queue_full, "The queue \"" + name_ + "\" is full"};
  }
  changed_.notify_one();
  return {};
}

void memory_queue::work() {
  std::unique_lock lock{mutex_};
  while (!stopping_) {
    if (flushing_ > 0)
      jobs_.hurry(clock::now());
    auto one = jobs_.take(clock::now());
    if (!one) {
      if (const auto due = jobs_.due())
        changed_.wait_until(lock, *due);
      else
        changed_.wait(lock);
      continue;
    }
    lock.unlock();
    auto result = hooks_.send(one->item);
    lock.lock();
    auto given_up = jobs_.finished(std::move(*one), result, clock::now());
    changed_.notify_all();
    if (given_up) {
      lock.unlock();
      hooks_.fail(
          to_failed(std::move(given_up->item), given_up->attempts, std::move(result), name_));
      lock.lock();
    }
  }
}

bool memory_queue::flush(clock::time_point until) {
  std::unique_lock lock{mutex_};
  ++flushing_;
  changed_.notify_all();
  const bool done = changed_.wait_until(lock, until, [this] { return jobs_.empty() || stopping_; });
  --flushing_;
  return done && jobs_.empty();
}

void memory_queue::stop() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  for (auto& one : workers_)
    one.join();
  workers_.clear();
  for (auto& one : jobs_.abandon())
    hooks_.fail(to_failed(std::move(one.item), one.attempts,
                          {broadcast_errc::stopped, "The broadcaster has ended"}, name_));
}

queue_figures memory_queue::figures() const {
  const std::lock_guard lock{mutex_};
  return jobs_.figures();
}

}  // namespace grapevine::broadcasting
