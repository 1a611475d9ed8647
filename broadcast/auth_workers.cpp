#include "broadcast/auth_workers.hpp"

#include <algorithm>
#include <utility>

namespace grapevine::broadcasting {

auth_workers::auth_workers(unsigned threads, std::size_t waiting_max) {
  const auto count = std::clamp(threads, 1u, 256u);
  room_ = std::max(waiting_max, waiting_max + count);  // the largest there is, if that overflows
  for (unsigned i = 0; i < count; ++i)
    threads_.emplace_back([this] { work(); });
}

auth_workers::~auth_workers() {
  stop();
}

void auth_workers::run(std::function<void()> work, std::function<void()> refuse) {
  job one{std::move(work), std::move(refuse)};
  if (!take_in(one))
    one.refuse();
}

bool auth_workers::take_in(job& one) {
  {
    const std::lock_guard lock{mutex_};
    if (stopping_ || waiting_.size() + running_ >= room_)
      return false;
    waiting_.push_back(std::move(one));
  }
  changed_.notify_one();
  return true;
}

void auth_workers::work() {
  std::unique_lock lock{mutex_};
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty())
      return;
    auto one = std::move(waiting_.front());
    waiting_.pop_front();
    ++running_;
    lock.unlock();
    try {
      one.work();
    } catch (...) {
      // Whoever asked is owed an answer, and the others a thread.
      one.refuse();
    }
    one = {};
    lock.lock();
    --running_;
  }
}

void auth_workers::stop() {
  std::deque<job> left;
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
    left.swap(waiting_);
  }
  changed_.notify_all();
  for (const auto& one : left)
    one.refuse();
  for (auto& one : threads_)
    one.join();
  threads_.clear();
}

}  // namespace grapevine::broadcasting
