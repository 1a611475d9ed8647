#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace grapevine::net {

using time_point = std::chrono::steady_clock::time_point;

class timer_wheel;

/// The place of a timer in one of the wheel's rings.
struct timer_link {
  timer_link* previous = nullptr;
  timer_link* next = nullptr;
};

/// Something that wants to be called at a time; a base class or member of its owner, which must
/// outlive its membership. A timer belongs to at most one wheel; its destructor takes it off.
class timer : private timer_link {
public:
  timer() noexcept = default;
  timer(const timer&) = delete;
  timer& operator=(const timer&) = delete;
  virtual ~timer();
  bool armed() const noexcept {
    return wheel_ != nullptr;
  }

protected:
  /// Called on the wheel's thread, already disarmed; may arm again or destroy the timer.
  virtual void on_timer(time_point now) = 0;

private:
  friend class timer_wheel;
  timer_wheel* wheel_ = nullptr;
  std::int64_t due_tick_ = 0;
};

/// All timers of one loop in a hashed wheel (Varghese & Lauck, scheme 6): arming and disarming are
/// O(1) and allocate nothing. Pure: time is an argument. Timers fire up to one tick late, never
/// early. The shortest deadlines are hundreds of milliseconds, for which 50 ms is close enough and
/// 20 wake-ups a second are few; 512 slots are one turn in 25 s, longer ones go round more than
/// once.
class timer_wheel {
public:
  explicit timer_wheel(time_point start,
                       std::chrono::milliseconds tick = std::chrono::milliseconds{50},
                       std::size_t slots = 512);
  ~timer_wheel();  ///< disarms what is left
  timer_wheel(const timer_wheel&) = delete;
  timer_wheel& operator=(const timer_wheel&) = delete;

  /// Arms, or moves, a timer.
  void arm(timer&, time_point due);
  void disarm(timer&) noexcept;
  /// Fires everything due by `now`. When a timer throws, the others stay armed for the next call.
  void advance(time_point now);
  /// Called whenever the wheel stops being empty: its owner then has to call `advance` again.
  void when_needed(std::function<void()> f) {
    needed_ = std::move(f);
  }
  std::size_t size() const noexcept {
    return size_;
  }
  std::chrono::milliseconds tick() const noexcept {
    return tick_;
  }

private:
  std::int64_t tick_of(time_point) const noexcept;
  timer_link& slot_of(std::int64_t tick) noexcept;
  void collect_due(timer_link& slot) noexcept;

  time_point start_;
  std::chrono::milliseconds tick_;
  std::int64_t current_ = 0;  ///< every tick up to this one has been looked at
  std::size_t size_ = 0;
  std::vector<timer_link> slots_;  ///< heads of circular lists
  timer_link due_;                 ///< head of what fires now; a member so that a throw loses none
  std::function<void()> needed_;
};

}  // namespace grapevine::net
