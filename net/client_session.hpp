#pragma once

#include "net/client_session_context.hpp"
#include "net/http_exchange.hpp"
#include "net/loop.hpp"
#include "net/outbox.hpp"
#include "net/service.hpp"
#include "net/stream_socket.hpp"
#include "net/websocket_connection.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace grapevine::net {

/// One accepted connection: HTTP first, then perhaps a WebSocket, then its orderly end. What is to
/// be said is decided by http_connection and websocket_connection; here are the socket, its queue,
/// its timer and whom it serves. Phases, each of which may be `over` at any time:
///
///     http ──upgrade──> websocket ──it ends──> draining ──all is written──> over
///      └───────────────answered, connection closes───────────────────────────^
///
/// The handler of a WebSocket is told with `on_closed` as soon as nothing more can come, which is
/// when the WebSocket is not open any more (at the end of the turn when it was the handler that
/// ended it). What follows is between the session and its socket. Until it is closed, the list of
/// its listener keeps the session alive.
class client_session final : public stream_socket,
                             public client_session_hook,
                             public websocket,
                             private websocket_output,
                             private flushable {
public:
  /// Takes a connected, non-blocking socket.
  client_session(boost::intrusive_ptr<client_session_context>, socket_type);
  ~client_session() override;

  /// Joins the context's list and begins to read.
  void start();
  /// Ends at once, without a word to the peer.
  void abort();

  // -- websocket
  void send(frame) override;
  void send_text(std::string_view json) override;
  void send_ping() override;
  void close(std::uint16_t code, std::string_view reason) override;
  void pause() override;
  void resume() override;

private:
  friend class client_session_responder;
  /// `over`: all is said; the socket lingers or is closed.
  enum class phase : std::uint8_t { http, websocket, draining, over };

  // -- life (client_session.cpp)
  void on_writable() override;
  void on_end(std::string why) override;
  void on_lingered() override;
  void on_failure(std::string_view what) override;
  void on_timer(time_point now) override;
  bool wants_read() const noexcept override;
  void on_bytes(std::span<char> bytes) override;
  void queue(frame) override;
  bool is_slow() const noexcept override;
  void flush() override;
  void write_some();
  void on_written();
  void watch_slowness();
  void drain();
  void end_in_order();
  void reset();
  void finish();
  void arm(std::chrono::milliseconds delay);

  // -- HTTP (client_session_http.cpp)
  void http_bytes(std::string_view bytes);
  void perform(http_step);
  void dispatch(http_request);
  void upgrade(http_request, std::string_view key);
  void answer(const http_response&, bool then_close = false);
  void on_http_written();
  void http_timeout();
  std::string peer_address() const;

  // -- WebSocket (client_session_websocket.cpp)
  void open(websocket_handler&, std::string_view key, std::string leftover);
  bool has_open_websocket() const noexcept;
  void websocket_bytes(std::span<char> bytes);
  void on_message(std::string_view) override;
  void write_ahead();
  void overflow();
  void release_handler();

  boost::intrusive_ptr<client_session_context> context_;
  outbox outbox_;
  std::unique_ptr<http_exchange> http_;   ///< from a request's first byte to its end or upgrade
  websocket_connection websocket_;        ///< in its phase
  websocket_handler* handler_ = nullptr;  ///< until `on_closed`
  phase phase_ = phase::http;
  bool slow_ = false;       ///< counted in slow_now
  bool upgraded_ = false;   ///< counted in websockets
  bool idle_http_ = false;  ///< between two requests of a kept connection
};

}  // namespace grapevine::net
