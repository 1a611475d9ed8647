#pragma once

#include "net/frame.hpp"
#include "protocol/websocket_decoder.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace grapevine::net {

/// Where a WebSocket's messages and frames go, in the order in which they come about.
class websocket_output {
public:
  /// A text message from the client. May close or pause the connection.
  virtual void on_message(std::string_view) = 0;
  /// A frame for the client.
  virtual void queue(frame) = 0;
  /// More is queued than a client that reads would leave there.
  virtual bool is_slow() const noexcept = 0;

protected:
  ~websocket_output() = default;
};

/// The server's end of a WebSocket (RFC 6455) without its socket, clock and handler: bytes and
/// wishes come in, messages and frames go out. States:
///
///     open ──close()──> closing ──Close of the client, bad frame──> ended
///       └────────────────Close of the client, bad frame───────────────^
///
/// Behind our own Close, messages are skipped until the client's (section 7.1.2).
class websocket_connection {
public:
  /// What the bytes of one read came to, besides messages and frames.
  enum class outcome : std::uint8_t {
    message,   ///< at least one message was handed out
    activity,  ///< none was, but the client is alive; only while open
    nothing,   ///< the bytes were skipped, or an output ended the connection
    ended,     ///< the client has closed, or sent what is not served here
    at_fault   ///< the client has ended it with a frame that breaks the protocol
  };

  explicit websocket_connection(std::size_t message_max) noexcept : decoder_{message_max} {}

  /// Reads the client's frames, which are unmasked in place. The Close that an end needs is queued.
  outcome on_bytes(std::span<char>, websocket_output&);
  /// Something has left the queue: the pong that waited for it follows.
  void on_sent(websocket_output&);
  /// Begins the closing handshake. False when that has happened.
  bool close(std::uint16_t code, std::string_view reason, websocket_output&);
  /// Ends the connection, open ones with a Close, without waiting for the client's.
  void fail(std::uint16_t code, std::string_view reason, websocket_output&);
  /// The connection is gone: nothing more comes out.
  void end() noexcept;
  /// Reads nothing more, while open, until `resume`.
  void pause() noexcept;
  void resume() noexcept;

  bool is_open() const noexcept {
    return state_ == state::open;
  }
  bool wants_read() const noexcept {
    return state_ != state::ended && !paused_;
  }

private:
  class reader;
  enum class state : std::uint8_t { open, closing, ended };

  protocol::websocket_decoder decoder_;
  /// For the last ping that came while the queue was slow. RFC 6455, section 5.5.3, allows to
  /// answer only the latest: a client that pings and does not read cannot fill its queue so.
  frame late_pong_;
  state state_ = state::open;
  bool paused_ = false;
};

}  // namespace grapevine::net
