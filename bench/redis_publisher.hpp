#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace grapevine::bench {

/// One connection to a Redis on 127.0.0.1 over which `PUBLISH` is pipelined.
class redis_publisher {
public:
  explicit redis_publisher(std::uint16_t port);
  redis_publisher(const redis_publisher&) = delete;
  redis_publisher& operator=(const redis_publisher&) = delete;
  ~redis_publisher();

  /// The socket, to wait on; negative when there is no connection.
  int fd() const noexcept {
    return fd_;
  }
  /// Sends one command; false when the connection is gone.
  bool publish(const std::string& channel, const std::string& payload);
  /// Reads the replies that have come.
  void read_answers();

  /// Replies that named at least one receiver.
  std::size_t accepted() const noexcept {
    return accepted_;
  }
  /// The first reply that was none, or why the connection ended; else empty.
  const std::string& refusal() const noexcept {
    return refusal_;
  }

private:
  void refuse(std::string why);

  int fd_;
  std::string input_;
  std::string refusal_;
  std::size_t accepted_ = 0;
};

}  // namespace grapevine::bench
