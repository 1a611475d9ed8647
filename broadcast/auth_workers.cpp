#include "broadcast/auth_workers.hpp"

#include <algorithm>
#include <utility>

namespace grapevine::broadcasting {

auth_workers::auth_workers(unsigned threads, std::size_t waiting_max) : waiting_max_{waiting_max} {
  for (unsigned i = 0; i < std::clamp(threads, 1u, 256u); ++i)
    threads_.emplace_back([this] { work(); });
}

auth_workers::~auth_workers() {
  stop();
}

bool auth_workers::run(std::function<void()> f) {
  {
    const std::lock_guard lock{mutex_};
    if (stopping_ || waiting_.size() >= waiting_max_)
      return false;
    waiting_.push_back(std::move(f));
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
    auto f = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    f();
    lock.lock();
  }
}

void auth_workers::stop() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  for (auto& one : threads_)
    one.join();
  threads_.clear();
}

}  // namespace grapevine::broadcasting
