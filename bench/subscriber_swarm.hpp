#pragma once

#include "bench/frame_scanner.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace grapevine::bench {

struct swarm_settings {
  std::vector<std::uint16_t> ports{};  ///< subscriber i connects to port i modulo their number
  std::size_t connections = 0;
  std::size_t channels = 1;      ///< subscriber i takes `channel_name(i modulo this, this)`
  std::size_t event_bytes = 0;   ///< payload length of a delivery; other frames are not counted
  std::size_t opening_max = 64;  ///< handshakes in flight
};

/// Many WebSocket clients on one thread and one epoll descriptor. Each one upgrades, waits for its
/// `connection_established`, subscribes to one public channel and from then on counts frames.
class subscriber_swarm {
public:
  using clock = std::chrono::steady_clock;
  /// The `nth` delivery (from 0, since the last `restart_count`) of subscriber number `who`,
  /// received at `when`.
  using delivery_handler =
      std::function<void(std::size_t who, std::size_t nth, clock::time_point when)>;

  explicit subscriber_swarm(swarm_settings);
  subscriber_swarm(const subscriber_swarm&) = delete;
  subscriber_swarm& operator=(const subscriber_swarm&) = delete;
  ~subscriber_swarm();

  /// Opens and subscribes all connections; empty, or the sentence that says what failed.
  std::string open(std::chrono::milliseconds timeout);

  /// Lets this epoll descriptor serve one more socket, which is not the swarm's.
  void watch_guest(int fd, std::function<void()> on_readable);

  /// Waits up to `timeout` for something to read, and reads all there is.
  void poll(std::chrono::nanoseconds timeout, const delivery_handler&);

  void restart_count();

  std::size_t subscribed() const noexcept {
    return subscribed_;
  }
  /// Connections that ended without being asked to.
  std::size_t lost() const noexcept {
    return lost_;
  }
  /// Frames that were neither a delivery nor part of the opening, and the payload length of the
  /// last one.
  std::size_t odd_frames() const noexcept {
    return odd_frames_;
  }
  std::uint64_t odd_frame_bytes() const noexcept {
    return odd_frame_bytes_;
  }

private:
  enum class stage : std::uint8_t { upgrading, greeting, subscribing, subscribed, lost };
  struct subscriber {
    int fd = -1;
    stage at = stage::upgrading;
    frame_scanner scanner;
    std::size_t delivered = 0;
    std::string opening;  // what came before the subscription stood and is not understood yet
  };

  bool connect_next();
  void read(subscriber&, const delivery_handler&);
  void advance_opening(subscriber&, const delivery_handler&);
  bool take_opening_step(subscriber&);
  void count(subscriber&, std::string_view bytes, const delivery_handler&);
  void send(subscriber&, std::string_view bytes);
  void lose(subscriber&);
  std::size_t number_of(const subscriber&) const;

  swarm_settings settings_;
  int epoll_;
  std::vector<subscriber> subscribers_;  // never grows past its reserved size: epoll keeps indices
  std::vector<char> buffer_;
  std::vector<std::function<void()>> guests_;
  std::size_t subscribed_ = 0;
  std::size_t lost_ = 0;
  std::size_t odd_frames_ = 0;
  std::uint64_t odd_frame_bytes_ = 0;
};

}  // namespace grapevine::bench
