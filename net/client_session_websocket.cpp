// The WebSocket half of a session: frames in through the decoder, frames out through the outbox,
// and the closing handshake of RFC 6455, section 7.
#include "net/client_session.hpp"
#include "net/upgrade.hpp"

#include <utility>

namespace grapevine::net {

using protocol::encode_close;
using protocol::encode_frame;
using protocol::opcode;

void client_session::open(websocket_handler& handler, std::string_view key, std::string leftover) {
  phase_ = phase::open;
  http_.reset();
  on_.timers().disarm(*this);
  handler_ = &handler;
  socket_stats::add(context_->stats.requests);
  socket_stats::add(context_->stats.websockets);
  upgraded_ = true;
  queue(frame{switching_protocols(key)});
  handler.on_open(*this);
  // What the client sent right behind its handshake, without waiting for the answer.
  if (!leftover.empty() && wants_decoding())
    decode(leftover);
}

bool client_session::wants_decoding() const noexcept {
  return phase_ == phase::open || phase_ == phase::closing;
}

// -- sending

void client_session::send(frame f) {
  if (phase_ != phase::open || !f)
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
  if (phase_ == phase::open)
    send(frame{encode_frame(opcode::text, json)});
}

void client_session::send_ping() {
  if (phase_ == phase::open)
    send(frame{encode_frame(opcode::ping, {})});
}

void client_session::close(std::uint16_t code, std::string_view reason) {
  if (phase_ == phase::open)
    begin_close(code, reason);
}

void client_session::overflow() {
  socket_stats::add(context_->stats.slow_closed);
  outbox_.keep_started(transport_.promised_bytes());
  begin_close(4100, "slow consumer");
}

void client_session::begin_close(std::uint16_t code, std::string_view reason) {
  phase_ = phase::closing;
  paused_ = false;
  late_pong_ = {};
  outbox_.push(frame{encode_close(code, reason)});
  watch_slowness();
  arm(context_->settings.close_timeout);
  // Even when the socket is full: the flush is where the handler is told.
  on_.mark_dirty(*this);
  want_read();
}

void client_session::pause() {
  paused_ = phase_ == phase::open;
}

void client_session::resume() {
  paused_ = false;
  if (phase_ == phase::open)
    want_read();
}

std::size_t client_session::queued_bytes() const noexcept {
  return outbox_.bytes();
}

// -- receiving

void client_session::decode(std::span<char> bytes) {
  heard_ = false;
  const auto fault = decoder_.feed(bytes, *this);
  if (fault != 0 && wants_decoding()) {
    socket_stats::add(context_->stats.protocol_errors);
    end_websocket(frame{encode_close(fault, {})});
  } else if (!heard_ && phase_ == phase::open) {
    handler_->on_activity();
  }
}

bool client_session::on_text(std::string_view message) {
  // Behind our own Close, messages are skipped until the peer's.
  if (phase_ == phase::open) {
    heard_ = true;
    socket_stats::add(context_->stats.messages_received);
    handler_->on_text(message);
  }
  return wants_decoding();
}

bool client_session::on_binary(std::string_view) {
  if (phase_ == phase::open)
    end_websocket(frame{encode_close(1003, "text messages only")});
  return wants_decoding();
}

bool client_session::on_ping(std::string_view payload) {
  if (phase_ == phase::open) {
    frame pong{encode_frame(opcode::pong, payload)};
    // RFC 6455, section 5.5.3, allows to answer only the latest ping: a client that pings and does
    // not read cannot fill its outbox so.
    if (slow_)
      late_pong_ = std::move(pong);
    else
      queue(std::move(pong));
  }
  return wants_decoding();
}

bool client_session::on_pong(std::string_view) {
  return wants_decoding();
}

bool client_session::on_close(std::optional<std::uint16_t> code, std::string_view) {
  end_websocket(frame{code ? encode_close(*code, {}) : encode_frame(opcode::close, {})});
  return false;
}

// -- the end

void client_session::end_websocket(frame close_frame) {
  // In `closing` ours is on its way already.
  if (phase_ == phase::open)
    outbox_.push(std::move(close_frame));
  drain(context_->settings.close_timeout);
  release_handler();
}

void client_session::release_handler() {
  if (auto* handler = std::exchange(handler_, nullptr))
    handler->on_closed();
}

}  // namespace grapevine::net
