#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace grapevine::net {

using time_point = std::chrono::steady_clock::time_point;

/// Something that wants to be called at a time; a base class or member of its owner, which must outlive its membership.
/// A timer belongs to at most one wheel; its destructor takes it off.
class timer {
public:
  timer() noexcept = default;
  timer(const timer&) = delete;
  timer& operator=(const timer&) = delete;
  virtual ~timer();
  bool armed() const noexcept { return previous_ != nullptr; }

protected:
  /// Called on the wheel's thread, already disarmed; may arm again or destroy the timer.
  virtual void on_timer(time_point now) = 0;

private:
  friend class timer_wheel;
  timer* previous_ = nullptr;
  timer* next_ = nullptr;
  std::int64_t due_tick_ = 0;
};

/// All timers of one loop in a hashed wheel (Varghese & Lauck, scheme 6): arming and disarming are O(1) and allocate
/// nothing. Pure: time is an argument. Timers fire up to one tick late, never early.
class timer_wheel {
public:
  explicit timer_wheel(time_point start, std::chrono::milliseconds tick = std::chrono::milliseconds{50},
                       std::size_t slots = 512);
  ~timer_wheel();  ///< disarms what is left

  /// Arms, or moves, a timer.
  void arm(timer&, time_point due);
  void disarm(timer&) noexcept;
  /// Fires everything due by `now`.
  void advance(time_point now);
  std::size_t size() const noexcept;
  std::chrono::milliseconds tick() const noexcept;

private:
  // … the implementer's
};

}  // namespace grapevine::net
