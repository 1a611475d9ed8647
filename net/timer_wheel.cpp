#include "net/timer_wheel.hpp"

#include <algorithm>

namespace grapevine::net {

namespace {

void make_empty(timer_link& head) noexcept {
  head.previous = head.next = &head;
}

void unlink(timer_link& link) noexcept {
  link.previous->next = link.next;
  link.next->previous = link.previous;
  link.previous = link.next = nullptr;
}

void append(timer_link& head, timer_link& link) noexcept {
  link.previous = head.previous;
  link.next = &head;
  head.previous->next = &link;
  head.previous = &link;
}

}  // namespace

timer::~timer() {
  if (wheel_)
    wheel_->disarm(*this);
}

timer_wheel::timer_wheel(time_point start, std::chrono::milliseconds tick, std::size_t slots)
    : start_{start}, tick_{tick}, slots_(std::max<std::size_t>(slots, 1)) {
  for (auto& head : slots_)
    make_empty(head);
  make_empty(due_);
}

timer_wheel::~timer_wheel() {
  auto empty = [this](timer_link& head) {
    while (head.next != &head)
      disarm(static_cast<timer&>(*head.next));
  };
  for (auto& head : slots_)
    empty(head);
  empty(due_);
}

std::int64_t timer_wheel::tick_of(time_point t) const noexcept {
  return (t - start_) / tick_;
}

timer_link& timer_wheel::slot_of(std::int64_t tick) noexcept {
  return slots_[static_cast<std::size_t>(tick) % slots_.size()];
}

void timer_wheel::arm(timer& t, time_point due) {
  const bool was_empty = size_ == 0;
  if (t.wheel_)
    t.wheel_->disarm(t);
  // The first tick that begins at or after `due`: late by less than a tick, never early.
  auto tick = due <= start_ ? std::int64_t{0} : tick_of(due - std::chrono::nanoseconds{1}) + 1;
  t.due_tick_ = std::max(tick, current_ + 1);
  t.wheel_ = this;
  append(slot_of(t.due_tick_), t);
  ++size_;
  if (was_empty && needed_)
    needed_();
}

void timer_wheel::disarm(timer& t) noexcept {
  if (!t.wheel_)
    return;
  unlink(t);
  t.wheel_ = nullptr;
  --size_;
}

void timer_wheel::collect_due(timer_link& slot) noexcept {
  for (auto* link = slot.next; link != &slot;) {
    auto* next = link->next;
    if (static_cast<timer*>(link)->due_tick_ <= current_) {
      unlink(*link);
      append(due_, *link);
    }
    link = next;
  }
}

void timer_wheel::advance(time_point now) {
  const auto target = tick_of(now);
  if (target > current_) {
    // After a long pause each slot needs one look, not one per tick missed.
    const auto steps = std::min(target - current_, static_cast<std::int64_t>(slots_.size()));
    current_ = target;
    for (auto tick = target - steps + 1; tick <= target; ++tick)
      collect_due(slot_of(tick));
  }
  while (due_.next != &due_) {
    auto& t = static_cast<timer&>(*due_.next);
    disarm(t);
    t.on_timer(now);
  }
}

}  // namespace grapevine::net
