#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace grapevine::net {

/// One complete request, free of Beast. The server's path prefix is already taken off `path`.
struct http_request {
  std::string method;
  std::string path;   ///< as on the request line, not decoded, without query
  std::string query;  ///< after '?', not decoded
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
  std::string body;
  /// Of the client; X-Forwarded-For counts when a trusted proxy sent it.
  std::string remote_address;
  bool secure = false;  ///< came over TLS

  /// First value of a header by its lower-case name, or empty.
  std::string_view header(std::string_view name) const noexcept;
};

/// What is answered. Content-Length, Connection, Date and the CORS headers are added by the
/// connection.
struct http_response {
  unsigned status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
};

}  // namespace grapevine::net
