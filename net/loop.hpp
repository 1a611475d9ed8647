#pragma once

#include "net/timer_wheel.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <span>

namespace boost::asio {
class io_context;
}

namespace grapevine::net {

/// The place of something dirty in the loop's list; only the loop looks at it.
class dirty_mark {
  friend class loop;
  std::size_t place_ = 0;  ///< one more than its index among the dirty; 0: clean
};

/// Something with output that waits for the end of the turn.
class flushable : public dirty_mark {
public:
  virtual void flush() = 0;

protected:
  ~flushable() = default;
};

/// One thread's io_context with what all its sockets share: the timer wheel, the list of dirty
/// outboxes, the read buffer and the clock of the turn. Not thread-safe except for `post` and
/// `stop`. Outlives every listener on it.
class loop {
public:
  loop();
  ~loop();
  loop(const loop&) = delete;
  loop& operator=(const loop&) = delete;

  /// Runs until `stop`. Meanwhile SIGPIPE is blocked on this thread, so that a peer that is gone
  /// never ends the process, whatever its disposition of that signal. A handler that throws costs
  /// its own connection, never the loop: the exception is logged.
  void run();
  void stop() noexcept;
  /// From any thread: runs `f` on the loop.
  void post(std::function<void()> f);

  boost::asio::io_context& io() noexcept;
  timer_wheel& timers() noexcept;
  /// The steady time of the last wheel tick or read; cheap, at most one tick old.
  time_point now() const noexcept;
  /// Reads the clock for `now`; sockets do when they wake up.
  time_point refresh_now() noexcept;
  /// 64 KiB into which a socket reads right before it parses; valid only inside one handler.
  std::span<char> read_buffer() noexcept;
  /// 256 KiB into which a link between nodes reads, made at the first call; valid only inside one
  /// handler.
  std::span<char> link_buffer();
  /// 16 KiB in which a TLS socket gathers what it writes; valid only inside one handler.
  std::span<char> write_buffer() noexcept;

  /// Calls `f.flush()` once at the end of the current turn. The caller keeps `f` alive or calls
  /// `forget`.
  void mark_dirty(flushable& f);
  void forget(flushable& f) noexcept;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace grapevine::net
