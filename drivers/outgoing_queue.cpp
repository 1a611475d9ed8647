#include "drivers/outgoing_queue.hpp"

#include <cassert>
#include <utility>
#include <vector>

namespace grapevine::drivers {

namespace {

const outcome crowded_out{outcome::kind::dropped, "too many events were waiting"};

}  // namespace

std::size_t queued_bytes(const outgoing_event& event) noexcept {
  constexpr std::size_t item_bytes = 256;
  auto bytes = item_bytes + event.event.size() + event.data.size() + event.except.size();
  for (const auto& channel : event.channels)
    bytes += sizeof(channel) + channel.size();
  return bytes;
}

void outgoing_queue::push(outgoing_event event, completion done) {
  ++counted_.published;
  const auto bytes = queued_bytes(event);
  auto added = std::make_unique<item>(item{std::move(event), std::move(done), bytes});
  if (!closed_.empty())
    return finish(*added, {outcome::kind::dropped, closed_});
  if (bytes > bytes_max_)
    return finish(*added, crowded_out);
  bytes_ += bytes;
  items_.push_back(std::move(added));
  make_room();
}

void outgoing_queue::make_room() {
  std::vector<std::unique_ptr<item>> dropped;
  while (bytes_ > bytes_max_ && items_.size() > in_flight_) {
    const auto oldest = items_.begin() + static_cast<std::ptrdiff_t>(in_flight_);
    bytes_ -= (*oldest)->bytes;
    dropped.push_back(std::move(*oldest));
    items_.erase(oldest);
  }
  // A completion may publish, so the queue is in order before the first is called.
  for (const auto& each : dropped)
    finish(*each, crowded_out);
}

const outgoing_event* outgoing_queue::waiting() const noexcept {
  return in_flight_ < items_.size() ? &items_[in_flight_]->event : nullptr;
}

const outgoing_event* outgoing_queue::send_next() {
  return in_flight_ < items_.size() ? &items_[in_flight_++]->event : nullptr;
}

void outgoing_queue::answer(const outcome& result) {
  assert(in_flight_ > 0);
  const auto answered = std::move(items_.front());
  items_.pop_front();
  --in_flight_;
  bytes_ -= answered->bytes;
  finish(*answered, result);
}

void outgoing_queue::close(std::string why) {
  closed_ = std::move(why);
  in_flight_ = 0;
  bytes_ = 0;
  for (const auto& each : std::exchange(items_, {}))
    finish(*each, {outcome::kind::dropped, closed_});
}

void outgoing_queue::finish(const item& ended, const outcome& result) {
  switch (result.what) {
  case outcome::kind::delivered:
    ++counted_.delivered;
    break;
  case outcome::kind::dropped:
    ++counted_.dropped;
    break;
  case outcome::kind::refused:
    ++counted_.refused;
    break;
  }
  if (ended.done)
    ended.done(result);
}

void outgoing_queue::describe(driver_stats& into) const noexcept {
  into.published = counted_.published;
  into.delivered = counted_.delivered;
  into.dropped = counted_.dropped;
  into.refused = counted_.refused;
  into.queue_events = items_.size();
  into.queue_bytes = bytes_;
}

}  // namespace grapevine::drivers
