#pragma once

#include "broadcast/broadcast_item.hpp"

#include <grapevine/broadcaster.hpp>

#include <chrono>
#include <functional>

namespace grapevine::broadcasting {

/// A named queue of events and the threads that send them. Any thread may call it.
class event_queue {
public:
  virtual ~event_queue() = default;

  /// Takes an event, or says why not.
  virtual broadcast_result push(broadcast_item) = 0;
  /// Waits until nothing of this process is left in it; false when `until` came first.
  virtual bool flush(std::chrono::steady_clock::time_point until) = 0;
  /// Ends the threads, when the sending functions have returned; what waits only in memory is
  /// reported as failed.
  virtual void stop() = 0;
  virtual queue_figures figures() const = 0;
};

/// What a queue needs of its broadcaster: how to send, and whom to tell of what is given up. Called
/// in the queue's threads, never throwing.
struct queue_hooks {
  std::function<broadcast_result(const broadcast_item&)> send;
  std::function<void(const failed_broadcast&)> fail;
};

/// What `on_failure` is told of an item of the queue `queue`.
failed_broadcast to_failed(broadcast_item, unsigned attempts, broadcast_result,
                           const std::string& queue);

}  // namespace grapevine::broadcasting
