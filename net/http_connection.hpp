#pragma once

#include "net/client_session_settings.hpp"
#include "net/http_message.hpp"
#include "net/http_parser.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace grapevine::net {

/// What a connection that speaks HTTP comes to with one event: first the deadline is set and the
/// bytes are sent, then comes the action.
struct http_step {
  enum class action : std::uint8_t {
    none,    ///< wait: for bytes, for the service, or for what was sent to leave
    serve,   ///< a request is complete: `take` it, and `answer` it now or later
    refuse,  ///< the request is malformed: `bytes` say so, and are the last
    idle,    ///< no byte of another request has come: the connection need not be kept for it
    end,     ///< all is said and has left: the socket ends in order
    reset    ///< the client does not take its answer
  };
  action what = action::none;
  /// To send.
  std::string bytes;
  /// `bytes` are a whole answer.
  bool answers = false;
  /// How long the client has from now on until `on_deadline`, in place of what was said before;
  /// zero: as long as it takes. Absent: as before.
  std::optional<std::chrono::milliseconds> deadline;
};

/// The server's end of an HTTP connection (RFC 9112) without its socket and clock: bytes, answers
/// and deadlines come in, what has to be done comes out. One request at a time: while one is being
/// answered nothing more is read, and what had come already waits.
///
///     reading ──serve──> answering ──answer()──> answered ──on_sent()──> reading, or the end
///        └──────────────refuse, deadline────────────^
class http_connection {
public:
  using action = http_step::action;

  /// The settings have to outlive it.
  explicit http_connection(const client_session_settings&);

  /// While reading; else the bytes are ignored.
  http_step on_bytes(std::string_view);
  /// Everything that was to be sent has left.
  http_step on_sent();
  http_step on_deadline();
  /// The service has thrown.
  http_step on_failure();

  /// The request, without `remote_address` and `secure`. After `serve`, once.
  http_request take();
  /// Answers the request, or says why none is taken, and then perhaps closes. Nothing when there is
  /// an answer already.
  http_step answer(const http_response&, bool then_close = false);

  bool wants_read() const noexcept {
    return stage_ == stage::reading;
  }
  /// Of the request that was taken.
  bool is_http_1_1() const noexcept {
    return parser_.is_http_1_1();
  }
  /// What came behind the request that was taken.
  std::string take_leftover() noexcept {
    return parser_.take_leftover();
  }

private:
  enum class stage : std::uint8_t { reading, answering, answered };

  http_step proceed(http_parser::state);

  const client_session_settings& settings_;
  http_parser parser_;
  stage stage_ = stage::reading;
  bool head_ = false;
  bool keep_alive_ = true;
};

}  // namespace grapevine::net
