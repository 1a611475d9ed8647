// The WebSocket half of a session: what its handler asks for, and what its websocket_connection
// comes to.
#include "net/client_session.hpp"
#include "net/upgrade.hpp"

#include <utility>

namespace grapevine::net {

using protocol::encode_close;
using protocol::encode_frame;
using protocol::opcode;

void client_session::open(websocket_handler& handler, std::string_view key, std::string leftover) {
  phase_ = phase::websocket;
  http_.reset();
  on_.timers().disarm(*this);
  handler_ = &handler;
  socket_stats::add(context_->stats.requests);
  socket_stats::add(context_->stats.websockets);
  upgraded_ = true;
  queue(frame{switching_protocols(key)});
  handler.on_open(*this);
  // What the client sent right behind its handshake, without waiting for the answer.
  if (!leftover.empty() && phase_ == phase::websocket)
    websocket_bytes(leftover);
}

bool client_session::has_open_websocket() const noexcept {
  return phase_ == phase::websocket && websocket_.is_open();
}

// -- sending

void client_session::send(frame f) {
  if (!has_open_websocket() || !f)
    return;
  socket_stats::add(context_->stats.frames_sent);
  queue(std::move(f));
  const auto bound = context_->settings.outbox_max;
  if (outbox_.bytes() > bound)
    write_ahead();
  if (outbox_.bytes() > bound)
    overflow();
}

// One turn may queue more than the bound for a client that would take it all at once: only what
// its socket refuses makes it slow. A failure is left to the turn's flush, for a handler is never
// told of its end from inside a call of its own.
void client_session::write_ahead() {
  while (is_open() && !waits_to_write()) {
    const auto [what, bytes] = outbox_.flush(transport_, on_.write_buffer());
    socket_stats::add(context_->stats.bytes_sent, bytes);
    if (what == flush_result::outcome::wait_write)
      want_write();
    if (what != flush_result::outcome::more)
      break;
  }
  watch_slowness();
}

void client_session::send_text(std::string_view json) {
  if (has_open_websocket())
    send(frame{encode_frame(opcode::text, json)});
}

void client_session::send_ping() {
  if (has_open_websocket())
    send(frame{encode_frame(opcode::ping, {})});
}

void client_session::close(std::uint16_t code, std::string_view reason) {
  if (phase_ != phase::websocket || !websocket_.close(code, reason, *this))
    return;
  arm(context_->settings.close_timeout);
  // Even when the socket is full: the flush is where the handler is told.
  on_.mark_dirty(*this);
  want_read();
}

void client_session::overflow() {
  socket_stats::add(context_->stats.slow_closed);
  outbox_.keep_started(transport_.promised_bytes());
  close(4100, "slow consumer");
}

void client_session::pause() {
  websocket_.pause();
}

void client_session::resume() {
  websocket_.resume();
  if (has_open_websocket())
    want_read();
}

// -- receiving

void client_session::websocket_bytes(std::span<char> bytes) {
  using outcome = websocket_connection::outcome;
  switch (websocket_.on_bytes(bytes, *this)) {
  case outcome::message:
  case outcome::nothing:
    break;
  case outcome::activity:
    handler_->on_activity();
    break;
  case outcome::at_fault:
    socket_stats::add(context_->stats.protocol_errors);
    [[fallthrough]];
  case outcome::ended:
    drain();
    release_handler();
    break;
  }
}

void client_session::on_message(std::string_view message) {
  socket_stats::add(context_->stats.messages_received);
  handler_->on_text(message);
}

void client_session::release_handler() {
  if (auto* handler = std::exchange(handler_, nullptr))
    handler->on_closed();
}

}  // namespace grapevine::net
