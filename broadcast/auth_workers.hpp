#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace grapevine::broadcasting {

/// Threads that run callbacks of the program, which may take their time, away from the threads that
/// serve clients.
class auth_workers {
public:
  auth_workers(unsigned threads, std::size_t waiting_max);
  ~auth_workers();

  /// False, without running it: as many as allowed wait already, or `stop` was called.
  bool run(std::function<void()>);
  /// Runs what waits, then ends the threads.
  void stop();

private:
  void work();

  std::size_t waiting_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace grapevine::broadcasting
