#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace grapevine::net {

class client_tls;
class loop;

/// A request to another server. Host, Content-Length, Connection and User-Agent are written by the
/// client.
struct outgoing_request {
  std::string method = "POST";
  std::string target;  ///< path and query, encoded
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

/// What the other server answered.
struct incoming_answer {
  unsigned status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
  std::string body;

  /// First value of a header by its lower-case name, or empty.
  std::string_view header(std::string_view name) const noexcept;
};

/// Why there is no answer. `why` is a clause for people.
struct request_failure {
  enum class kind : std::uint8_t {
    unreachable,  ///< not connected, or the TLS handshake failed: nothing was sent
    timed_out,    ///< connected, and no whole answer within `answer_timeout`
    broken,       ///< the connection ended before the whole answer, or it was no HTTP
    too_large     ///< the answer passed `answer_bytes_max`
  };
  kind what = kind::unreachable;
  std::string why;
};

using request_result = std::variant<incoming_answer, request_failure>;

/// Of one server.
struct http_client_settings {
  std::string host;
  std::uint16_t port = 443;
  std::shared_ptr<const client_tls> tls;  ///< null: plain
  std::size_t connections_max = 4;
  std::chrono::milliseconds connect_timeout{10'000};  ///< the TLS handshake included
  std::chrono::milliseconds answer_timeout{30'000};   ///< from sending to the answer's last byte
  /// A kept connection is closed after this; below what servers and proxies allow.
  std::chrono::milliseconds idle_timeout{30'000};
  std::size_t answer_bytes_max = 1u << 20;  ///< of the body
  std::string user_agent = "grapevine";
};

/// A client of one HTTP server, on one loop and its thread. Connections are kept and used again,
/// one request at a time each; a request that finds all of them busy waits for one, in order. How
/// many may wait is its user's to bound.
///
/// A kept connection may have been closed by the server at the moment when it is used: a request
/// that ends so before a byte of an answer is sent once more, over a new connection. Nothing else
/// is repeated.
class http_client {
public:
  using completion = std::function<void(request_result)>;

  http_client(loop&, http_client_settings);
  /// Ends every connection; completions that are due are not called.
  ~http_client();
  http_client(const http_client&) = delete;
  http_client& operator=(const http_client&) = delete;

  /// `done` is called exactly once, in a later turn, unless the client ends before. It may send,
  /// and may destroy the client.
  void send(outgoing_request, completion done);
  /// Requests without an answer, waiting ones included.
  std::size_t pending() const noexcept;

private:
  struct impl;
  std::shared_ptr<impl> impl_;
};

}  // namespace grapevine::net
