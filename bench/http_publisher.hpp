#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace grapevine::bench {

/// The value of Content-Length in a block of header lines, each ended by CR LF, or 0.
std::size_t content_length(std::string_view head);

/// One keep-alive connection to the HTTP API, over which signed `POST /apps/{id}/<endpoint>`
/// requests are pipelined.
class http_publisher {
public:
  explicit http_publisher(std::uint16_t port, std::string_view endpoint = "events");
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

  /// When the last request began to be sent, its signature being ready.
  std::chrono::steady_clock::time_point sent_at() const noexcept {
    return sent_at_;
  }
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
  std::string path_;
  std::string input_;
  std::string refusal_;
  std::chrono::steady_clock::time_point sent_at_;
  std::size_t published_ = 0;
  std::size_t accepted_ = 0;
};

}  // namespace grapevine::bench
