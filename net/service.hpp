#pragma once

#include "net/frame.hpp"
#include "net/http_message.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>

/// The seam between sockets and what lies behind them. Everything here runs on the loop's thread of
/// the connection.
namespace grapevine::net {

/// The sending half of one WebSocket connection. Alive until `websocket_handler::on_closed` has
/// returned.
class websocket {
public:
  virtual ~websocket() = default;
  /// Queues an already framed message. It leaves at the end of the loop's turn together with
  /// everything else that was queued. Past the outbox bound the connection is closed with 4100 and
  /// the queue freed. After a close: dropped.
  virtual void send(frame) = 0;
  /// Frames one text message and queues it.
  virtual void send_text(std::string_view json) = 0;
  /// Sends an RFC 6455 ping.
  virtual void send_ping() = 0;
  /// Begins the closing handshake: what is queued leaves first. Nothing more is received.
  /// `on_closed` follows within limits.close_timeout, never from inside this call. Second calls are
  /// ignored.
  virtual void close(std::uint16_t code, std::string_view reason) = 0;
  /// Stops reading from the client until `resume`: back-pressure for what it asked already.
  virtual void pause() = 0;
  virtual void resume() = 0;
};

/// The receiving half: one per WebSocket connection, owned by nobody in net: it must stay alive
/// until `on_closed`, which is called exactly once, as the last call.
class websocket_handler {
public:
  virtual void on_open(websocket&) = 0;
  virtual void on_text(std::string_view message) = 0;
  /// Any other sign of life: a pong, a ping (already answered), bytes of an unfinished message.
  virtual void on_activity() = 0;
  virtual void on_closed() noexcept = 0;

protected:
  ~websocket_handler() = default;
};

/// Answers one request, once, now or later, on the same thread. Dropping it unanswered answers 500.
/// When the client is gone, answering does nothing.
class responder {
public:
  virtual ~responder() = default;
  virtual void answer(http_response) = 0;
};

/// An upgrade is either taken over by a handler or answered as plain HTTP.
using upgrade_decision = std::variant<websocket_handler*, http_response>;

/// What a listener serves. One instance per loop.
class service {
public:
  virtual ~service() = default;
  /// A complete request that is no WebSocket upgrade. The next request of the same connection waits
  /// for the answer.
  virtual void handle(http_request, std::unique_ptr<responder>) = 0;
  /// A valid RFC 6455 handshake (the session has checked it). Called before the 101 is written;
  /// `on_open` follows.
  virtual upgrade_decision upgrade(const http_request&) = 0;
};

}  // namespace grapevine::net
