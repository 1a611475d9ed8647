#pragma once

#include "net/frame.hpp"
#include "net/transport.hpp"

#include <boost/container/small_vector.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace grapevine::net {

/// Everything that leaves one socket, in order. Its owner bounds it by looking at `bytes`.
///
/// A ring would wrap; this is a vector with a moving head, so that what is written is contiguous.
/// Queueing allocates nothing once the vector has grown, and the heap is given back whenever the
/// outbox runs empty after having grown large.
class outbox {
public:
  void push(frame f);
  /// Writes up to 64 frames with one system call.
  flush_result flush(transport&, std::span<char> scratch);
  /// Drops everything but the frames of which bytes have left, or are promised to TLS.
  void keep_started(std::size_t promised_bytes) noexcept;
  void clear() noexcept;

  /// What has not left yet.
  std::size_t bytes() const noexcept {
    return bytes_;
  }
  bool empty() const noexcept {
    return bytes_ == 0;
  }

  // -- for tests, which look at what is kept

  std::size_t frames() const noexcept {
    return queue_.size() - head_;
  }
  /// Places for frames the outbox has memory for, inline ones included.
  std::size_t capacity() const noexcept {
    return queue_.capacity();
  }

private:
  static constexpr std::size_t inline_frames = 2;
  using queue = boost::container::small_vector<frame, inline_frames>;

  void consume(std::size_t n) noexcept;
  void tidy() noexcept;

  queue queue_;
  std::uint32_t head_ = 0;  ///< frames before it have left
  std::size_t offset_ = 0;  ///< bytes of the head frame that have left
  std::size_t bytes_ = 0;
};

}  // namespace grapevine::net
