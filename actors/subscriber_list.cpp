#include "actors/subscriber_list.hpp"

#include <algorithm>
#include <utility>

namespace grapevine::actors {

std::uint32_t subscriber_list::add(subscriber& s) {
  entries_.push_back(&s);
  ++living_;
  return static_cast<std::uint32_t>(entries_.size() - 1);
}

void subscriber_list::remove(std::uint32_t position) {
  --living_;
  if (pending()) {
    // Positions must not move under a delivery that is under way.
    for (auto i = front_; i < queue_.size(); ++i)
      if (queue_[i].except == entries_[position])
        queue_[i].except = nullptr;
    entries_[position] = nullptr;
    return;
  }
  auto* last = entries_.back();
  entries_.pop_back();
  if (position < entries_.size()) {
    entries_[position] = last;
    last->moved(channel_, position);
  }
}

void subscriber_list::queue(net::frame event, subscriber* except) {
  queue_.push_back({std::move(event), except, entries_.size()});
}

std::size_t subscriber_list::run(std::size_t budget) {
  std::size_t done_bytes = 0;
  while (pending() && budget > 0) {
    auto& current = queue_[front_];
    auto stop = std::min(current.end, cursor_ + budget);
    budget -= stop - cursor_;
    for (; cursor_ < stop; ++cursor_) {
      auto* s = entries_[cursor_];
      if (s && s != current.except)
        s->socket()->send(current.event);
    }
    if (cursor_ < current.end)
      break;
    done_bytes += current.event.size();
    current.event = {};
    ++front_;
    cursor_ = 0;
  }
  if (!pending()) {
    queue_.clear();
    front_ = 0;
    compact();
  }
  return done_bytes;
}

void subscriber_list::compact() {
  if (living_ == entries_.size())
    return;
  std::size_t kept = 0;
  for (auto* s : entries_) {
    if (!s)
      continue;
    if (entries_[kept] != s) {
      entries_[kept] = s;
      s->moved(channel_, static_cast<std::uint32_t>(kept));
    }
    ++kept;
  }
  entries_.resize(kept);
}

}  // namespace grapevine::actors
