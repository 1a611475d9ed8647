#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace grapevine::bench {

/// One keep-alive connection to the HTTP API, over which signed `POST /apps/{id}/events` requests
/// are pipelined.
class http_publisher {
public:
  explicit http_publisher(std::uint16_t port);
  http_publisher(const http_publisher&) = delete;
  http_publisher& operator=(const http_publisher&) = delete;
  ~http_publisher();

  /// The socket, to wait on; negative when there is no connection.
  int fd() const noexcept {
    return fd_;
  }
  /// Signs and sends one request; false when the connection is gone.
  bool publish(const std::string& body);
  /// Reads the answers that have come.
  void read_answers();

  std::size_t published() const noexcept {
    return published_;
  }
  std::size_t accepted() const noexcept {
    return accepted_;
  }
  /// Status line and body of the first answer that was not a 200, or why the connection ended; else
  /// empty.
  const std::string& refusal() const noexcept {
    return refusal_;
  }

private:
  bool take_answer();

  int fd_;
  std::uint16_t port_;
  std::string input_;
  std::string refusal_;
  std::size_t published_ = 0;
  std::size_t accepted_ = 0;
};

}  // namespace grapevine::bench
