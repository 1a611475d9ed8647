#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace grapevine::net {

/// The bounds that sockets keep; filled from config::limit_settings.
struct client_session_settings {
  std::size_t request_header_max = 16u << 10;
  std::size_t request_body_max = 1u << 20;
  std::size_t message_max = 1u << 20;
  std::size_t outbox_max = 4u << 20;
  /// From connect, or a request's first byte, to its last.
  std::chrono::milliseconds handshake_timeout{10'000};
  /// Between two requests, and to take an answer.
  std::chrono::milliseconds keep_alive_timeout{75'000};
  /// From our Close to the client's; then the socket is reset.
  std::chrono::milliseconds close_timeout{10'000};
  std::string path_prefix;                   ///< in front of every path; others are 404
  std::vector<std::string> trusted_proxies;  ///< addresses or CIDR blocks
  bool cors = false;  ///< answer preflights and add the CORS headers (protocol.md 16.13)
};

}  // namespace grapevine::net
