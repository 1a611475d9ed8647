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
/// serve clients. Bounded: what finds all of them busy and enough others waiting is refused.
class auth_workers {
public:
  /// `threads` is brought into 1 to 256; `waiting_max` may be 0.
  auth_workers(unsigned threads, std::size_t waiting_max);
  ~auth_workers();
  auth_workers(const auth_workers&) = delete;
  auth_workers& operator=(const auth_workers&) = delete;

  /// Runs `work` in one of the threads, in the order of the calls. `refuse` is called instead, in
  /// this thread, when there is no room or `stop` was called, and in the stopping one when `work`
  /// was still waiting then; after `work`, when it threw. It must not throw.
  void run(std::function<void()> work, std::function<void()> refuse);
  /// Waits for what runs, refuses what waits, and ends the threads. Not from inside `work`.
  void stop();

private:
  struct job {
    std::function<void()> work;
    std::function<void()> refuse;
  };

  bool take_in(job&);
  void work();

  std::size_t room_;  ///< for jobs, running or waiting
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<job> waiting_;
  std::size_t running_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace grapevine::broadcasting
