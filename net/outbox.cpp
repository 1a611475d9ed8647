#include "net/outbox.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace grapevine::net {

namespace {

/// Frames for one system call. What the kernel does for 64 outweighs the call many times over, and
/// a connection with more to send gives the others a turn in between.
constexpr std::size_t slices_max = 64;
/// An empty outbox that grew past this gives its memory back: 256 bytes are kept by a connection
/// that gets several events a turn, kilobytes would be by each that was slow once.
constexpr std::size_t kept_capacity = 32;

}  // namespace

void outbox::push(frame f) {
  if (f.size() == 0)
    return;
  bytes_ += f.size();
  queue_.push_back(std::move(f));
}

flush_result outbox::flush(transport& to, std::span<char> scratch) {
  if (empty())
    return {flush_result::outcome::empty, 0};
  std::array<iovec, slices_max> slices;
  std::size_t count = 0;
  for (std::size_t i = head_; i < queue_.size() && count < slices.size(); ++i, ++count) {
    const auto skip = count == 0 ? offset_ : 0;
    slices[count] = {const_cast<char*>(queue_[i].data()) + skip, queue_[i].size() - skip};
  }
  const auto result = to.flush(std::span{slices}.first(count), bytes_, scratch);
  consume(result.bytes);
  return result;
}

void outbox::consume(std::size_t n) noexcept {
  bytes_ -= n;
  offset_ += n;
  while (head_ < queue_.size() && offset_ >= queue_[head_].size()) {
    offset_ -= queue_[head_].size();
    queue_[head_] = frame{};
    ++head_;
  }
  tidy();
}

void outbox::tidy() noexcept {
  if (head_ == queue_.size()) {
    clear();
  } else if (head_ >= kept_capacity && head_ >= queue_.size() / 2) {
    queue_.erase(queue_.begin(), queue_.begin() + head_);
    head_ = 0;
  }
}

void outbox::keep_started(std::size_t promised_bytes) noexcept {
  const auto started = offset_ + promised_bytes;
  std::size_t kept_bytes = 0;
  auto end = std::size_t{head_};
  while (end < queue_.size() && kept_bytes < started)
    kept_bytes += queue_[end++].size();
  if (end == head_) {
    clear();
    return;
  }
  queue kept{std::make_move_iterator(queue_.begin() + head_),
             std::make_move_iterator(queue_.begin() + static_cast<std::ptrdiff_t>(end))};
  bytes_ = kept_bytes - offset_;
  head_ = 0;
  queue_ = std::move(kept);
}

void outbox::clear() noexcept {
  head_ = 0;
  offset_ = bytes_ = 0;
  if (queue_.capacity() <= kept_capacity) {
    queue_.clear();
    return;
  }
  // Swapping or shrinking would lose the use of the inline places; a new vector has them.
  std::destroy_at(&queue_);
  std::construct_at(&queue_);
}

}  // namespace grapevine::net
