#pragma once

#include <atomic>
#include <cstdint>

namespace grapevine::net {

/// Counters of one loop's sockets: written by its thread alone (relaxed), read by any. They only
/// grow, except gauges.
struct socket_stats {
  std::atomic<std::uint64_t> connections{0};  ///< gauge: open sockets
  /// Gauge: sockets that were upgraded, closing ones included.
  std::atomic<std::uint64_t> websockets{0};
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> requests{0};  ///< HTTP requests answered
  std::atomic<std::uint64_t> messages_received{0};
  std::atomic<std::uint64_t> frames_sent{0};
  std::atomic<std::uint64_t> bytes_sent{0};
  std::atomic<std::uint64_t> bytes_received{0};
  /// Gauge: outboxes past the soft mark (a quarter of the bound).
  std::atomic<std::uint64_t> slow_now{0};
  std::atomic<std::uint64_t> slow_closed{0};      ///< closed at the hard mark
  std::atomic<std::uint64_t> protocol_errors{0};  ///< malformed frames and requests
  std::atomic<std::uint64_t> accept_errors{0};    ///< for example: out of descriptors

  static void add(std::atomic<std::uint64_t>& counter, std::uint64_t n = 1) noexcept {
    counter.store(counter.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  static void subtract(std::atomic<std::uint64_t>& counter, std::uint64_t n = 1) noexcept {
    counter.store(counter.load(std::memory_order_relaxed) - n, std::memory_order_relaxed);
  }
};

}  // namespace grapevine::net
