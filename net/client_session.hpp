#pragma once

#include "net/client_session_context.hpp"
#include "net/http_exchange.hpp"
#include "net/loop.hpp"
#include "net/outbox.hpp"
#include "net/service.hpp"
#include "net/stream_socket.hpp"
#include "protocol/websocket_decoder.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace grapevine::net {

/// One accepted connection: HTTP first, then perhaps a WebSocket, then its orderly end. Phases,
/// each of which may be `over` at any time:
///
///     http ──upgrade──> open ──close()──> closing ──peer's Close──┐
///      │                  └─────peer's Close, bad frame───────────┤
///      └──answered, connection closes──> over <──all is written── draining
///
/// The handler of a WebSocket is told with `on_closed` as soon as nothing more can come, which is
/// when `open` ends (at the end of the turn when it was the handler that ended it). What follows
/// is between the session and its socket. An open session is kept alive by its listener's list.
class client_session final : public stream_socket,
                             public client_session_hook,
                             public websocket,
                             private protocol::websocket_sink,
                             private flushable {
public:
  /// Takes a connected, non-blocking socket.
  client_session(std::shared_ptr<client_session_context>, socket_type);
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
  std::size_t queued_bytes() const noexcept override;

private:
  friend class client_session_responder;
  /// `over`: all is said; the socket lingers or is closed.
  enum class phase : std::uint8_t { http, open, closing, draining, over };

  // -- life (session.cpp)
  bool wants_read() const noexcept override;
  void on_bytes(std::span<char> bytes) override;
  void on_writable() override;
  void on_end(std::string why) override;
  void on_lingered() override;
  void on_failure(std::string_view what) override;
  void on_timer(time_point now) override;
  void flush() override;
  void write_some();
  void on_written();
  void queue(frame);
  void watch_slowness();
  void drain(std::chrono::milliseconds within);
  void end_in_order();
  void reset();
  void finish();
  void arm(std::chrono::milliseconds delay);

  // -- HTTP (session_http.cpp)
  void http_bytes(std::string_view bytes);
  void http_progress(http_parser::state);
  void dispatch(http_request);
  void upgrade(http_request, std::string_view key);
  void answer(const http_response&, bool then_close = false);
  void refuse(unsigned status, std::string_view reason);
  void on_response_written();
  void next_request();
  void http_timeout();
  std::string peer_address() const;

  // -- WebSocket (session_websocket.cpp)
  void open(websocket_handler&, std::string_view key, std::string leftover);
  bool wants_decoding() const noexcept;
  void decode(std::span<char> bytes);
  bool on_text(std::string_view message) override;
  bool on_binary(std::string_view message) override;
  bool on_ping(std::string_view payload) override;
  bool on_pong(std::string_view payload) override;
  bool on_close(std::optional<std::uint16_t> code, std::string_view reason) override;
  void end_websocket(frame close_frame);
  void begin_close(std::uint16_t code, std::string_view reason);
  void write_ahead();
  void overflow();
  void release_handler();

  std::shared_ptr<client_session_context> context_;
  outbox outbox_;
  std::unique_ptr<http_exchange> http_;  ///< from a request's first byte to its end or upgrade
  protocol::websocket_decoder decoder_;
  websocket_handler* handler_ = nullptr;  ///< until `on_closed`
  frame late_pong_;                       ///< for the last ping that came while the outbox was slow
  phase phase_ = phase::http;
  bool paused_ = false;     ///< the handler wants nothing more for now
  bool slow_ = false;       ///< counted in slow_now
  bool heard_ = false;      ///< the handler got a message out of this read
  bool upgraded_ = false;   ///< counted in websockets
  bool idle_http_ = false;  ///< between two requests of a kept connection
};

}  // namespace grapevine::net
