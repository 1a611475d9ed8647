#pragma once

#include "net/http_message.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace grapevine::net {

/// Why a request is refused. `reason` is a literal.
struct http_fault {
  unsigned status = 0;
  std::string_view reason;
};

/// Reads the requests of one connection, one at a time, from bytes in any cut. Pure: no socket, no
/// clock. Strict where parsers disagree, because disagreement is how requests are smuggled
/// (RFC 9112, sections 5, 6 and 11.2).
///
/// What it keeps is bounded: at most the header's limit, the body's limit, 32 KiB of an unfinished
/// chunk header or trailer, and the bytes of one read behind the request.
class http_parser {
public:
  enum class state {
    need_more,         ///< feed
    expects_continue,  ///< answer 100 and call `resume`
    complete,          ///< `take` the request, later `next`
    fault              ///< answer `fault()` and close
  };

  http_parser(std::size_t header_max, std::size_t body_max);
  ~http_parser();

  /// Only after `need_more`.
  state feed(std::string_view bytes);
  /// After `expects_continue`: goes on with the body.
  state resume();
  /// After `complete`: begins the next request with the bytes that came behind the last one.
  state next();

  /// The request, without `remote_address` and `secure`. Only after `complete`, once.
  http_request take();
  /// Whether the connection may carry another request after this one.
  bool keep_alive() const noexcept;
  /// True for a request of HTTP/1.1.
  bool is_http_1_1() const noexcept;
  http_fault fault() const noexcept;
  /// True while no byte of the current request has come.
  bool idle() const noexcept;
  /// The bytes behind a complete request; the parser keeps none.
  std::string take_leftover() noexcept;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace grapevine::net
