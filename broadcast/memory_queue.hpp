#pragma once

#include "broadcast/event_queue.hpp"
#include "broadcast/job_queue.hpp"

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace grapevine::broadcasting {

/// The queue that a program has without further ado: in memory, ends with the process.
class memory_queue final : public event_queue {
public:
  memory_queue(std::string name, const queue_settings&, queue_hooks);
  ~memory_queue() override;

  broadcast_result push(broadcast_item) override;
  bool flush(std::chrono::steady_clock::time_point until) override;
  void stop() override;
  queue_figures figures() const override;

private:
  void work();

  std::string name_;
  queue_hooks hooks_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  job_queue jobs_;
  unsigned flushing_ = 0;  ///< how many wait for the end: nothing waits for its time then
  bool stopping_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace grapevine::broadcasting
