#pragma once

#include "broadcast/event_queue.hpp"
#include "broadcast/redis_client.hpp"

#include <grapevine/broadcast_settings.hpp>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace grapevine::broadcasting {

/// A durable queue: a Redis stream "grapevine:queue:{name}" behind the prefix of the settings, read
/// by the consumer group "grapevine". An event is in the stream from `push` until it was sent or
/// given up; one that a process has taken and not touched for `claim_after`, because it was killed,
/// is taken by another. So events survive the process, and one may be sent twice.
///
/// A worker stays with its event until that is sent or given up: one worker keeps their order.
class redis_queue final : public event_queue {
public:
  /// Null, and why, when `redis_url` is none or `ca_file` cannot be read.
  static std::unique_ptr<event_queue> make(const std::shared_ptr<loop_thread>& on,
                                           const std::string& name, const queue_settings&,
                                           const broadcast_settings&, queue_hooks,
                                           broadcast_result& error);
  ~redis_queue() override;

  broadcast_result push(broadcast_item) override;
  /// Waits until the stream is empty, whoever empties it.
  bool flush(std::chrono::steady_clock::time_point until) override;
  /// What is left stays in Redis.
  void stop() override;
  queue_figures figures() const override;

private:
  /// An event that this process has taken.
  struct entry {
    std::string id;
    std::string text;
  };

  redis_queue(const std::shared_ptr<loop_thread>&, std::string name, const queue_settings&,
              const drivers::redis_address&, const drivers::redis_session_settings&,
              std::string stream, queue_hooks);

  void work(redis_client& reader, const std::string& consumer);
  std::optional<entry> take(redis_client& reader, const std::string& consumer);
  std::optional<entry> claim(const std::string& consumer);
  void deal_with(const entry&, const std::string& consumer);
  void drop(const entry&);
  /// False when the queue ends first.
  bool rest(std::chrono::milliseconds);
  bool stopping() const;

  std::string name_;
  queue_settings settings_;
  std::string stream_;
  queue_hooks hooks_;
  redis_client commands_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  unsigned flushing_ = 0;
  queue_figures figures_;
  std::minstd_rand random_;
  std::vector<std::unique_ptr<redis_client>> readers_;  ///< by worker: a reader waits on its own
  std::vector<std::thread> workers_;
};

}  // namespace grapevine::broadcasting
