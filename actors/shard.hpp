#pragma once

#include "net/loop.hpp"

#include <caf/actor_system.hpp>
#include <caf/execution_unit.hpp>
#include <caf/resumable.hpp>

#include <atomic>
#include <cstdint>
#include <deque>
#include <thread>

namespace grapevine::actors {

/// One thread with its event loop, and the CAF execution unit of every actor pinned to it. A
/// connection's actor, its socket and its timers share the thread, so nothing in between needs a
/// lock.
class shard final : public caf::execution_unit {
public:
  shard(caf::actor_system& system, std::uint32_t index);
  ~shard() override;

  std::uint32_t index() const noexcept {
    return index_;
  }
  net::loop& loop() noexcept {
    return loop_;
  }

  /// Starts the thread. Pinned actors may be spawned before or after.
  void start();
  /// Ends the thread once every pinned actor is done.
  void stop();

  /// Runs `job` here; callable from any thread, takes over one reference to it.
  void exec_later(caf::resumable* job) override;

private:
  void drain();
  void resume(caf::resumable* job);
  void schedule_drain();

  std::uint32_t index_;
  net::loop loop_;
  std::deque<caf::resumable*> ready_;
  bool drain_posted_ = false;
  std::atomic<std::thread::id> thread_id_{};
  std::thread thread_;
};

}  // namespace grapevine::actors
