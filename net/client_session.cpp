#include "net/client_session.hpp"

#include "net/log.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace grapevine::net {

namespace {

using namespace std::chrono_literals;

/// How long and how much a finished connection is still read (and thrown away), so that a peer that
/// is in the middle of sending sees what was said last instead of a reset.
constexpr auto linger_timeout = 2s;
constexpr std::uint32_t linger_bytes = 4u << 20;

transport make_transport(const client_session_context& context, int socket) {
  return context.tls ? transport{socket, *context.tls} : transport{socket};
}

}  // namespace

client_session::client_session(std::shared_ptr<client_session_context> context, socket_type socket)
    : context_{std::move(context)}, socket_{std::move(socket)},
      transport_{make_transport(*context_, socket_.native_handle())},
      decoder_{context_->settings.message_max} {}

client_session::~client_session() = default;

void client_session::start() {
  context_->sessions.push_back(*this);
  intrusive_ptr_add_ref(this);
  socket_stats::add(context_->stats.connections);
  arm(context_->settings.handshake_timeout);
  want_read();
}

void client_session::abort() {
  finish();
}

void client_session::arm(std::chrono::milliseconds delay) {
  context_->on.timers().arm(*this, context_->on.now() + delay);
}

// -- waiting

void client_session::want_read() {
  if (reading_ || phase_ == phase::closed)
    return;
  reading_ = true;
  socket_.async_wait(socket_type::wait_read,
                     [self = boost::intrusive_ptr{this}](boost::system::error_code ec) {
                       self->reading_ = false;
                       if (!ec)
                         self->on_readable();
                     });
}

void client_session::want_write() {
  if (writing_ || phase_ == phase::closed)
    return;
  writing_ = true;
  socket_.async_wait(socket_type::wait_write,
                     [self = boost::intrusive_ptr{this}](boost::system::error_code ec) {
                       self->writing_ = false;
                       if (!ec)
                         self->on_writable();
                     });
}

bool client_session::wants_read() const noexcept {
  switch (phase_) {
  case phase::http:
    return !http_ || http_->now == http_exchange::stage::reading;
  case phase::open:
    return !paused_;
  case phase::closing:
  case phase::lingering:
    return true;
  case phase::draining:
  case phase::closed:
    break;
  }
  return false;
}

void client_session::on_readable() {
  // A wait that began before `pause` leaves the bytes where they are; `resume` waits again.
  if (!wants_read())
    return;
  context_->on.refresh_now();
  try {
    if (phase_ == phase::lingering)
      linger_read();
    else
      read_some();
  } catch (const std::exception& e) {
    on_failure(e.what());
  } catch (...) {
    on_failure("unknown");
  }
}

void client_session::on_writable() {
  if (phase_ == phase::closed)
    return;
  try {
    write_some();
    if (transport_.read_waits_for_write() && wants_read() && phase_ != phase::lingering)
      read_some();
  } catch (const std::exception& e) {
    on_failure(e.what());
  } catch (...) {
    on_failure("unknown");
  }
}

// -- reading

void client_session::read_some() {
  const auto buffer = context_->on.read_buffer();
  const auto result = transport_.read(buffer);
  switch (result.what) {
  case io_result::outcome::done:
    socket_stats::add(context_->stats.bytes_received, result.bytes);
    on_bytes(buffer.first(result.bytes));
    break;
  case io_result::outcome::wait_read:
    break;
  case io_result::outcome::wait_write:
    want_write();
    break;
  case io_result::outcome::end:
  case io_result::outcome::failed:
    on_end();
    return;
  }
  if (wants_read())
    want_read();
}

void client_session::on_bytes(std::span<char> bytes) {
  if (phase_ == phase::http)
    http_bytes({bytes.data(), bytes.size()});
  else if (wants_decoding())
    decode(bytes);
}

void client_session::on_end() {
  // A client that only stopped sending may still want what is on its way to it.
  if (phase_ == phase::draining && !outbox_.empty())
    return;
  finish();
}

void client_session::linger_read() {
  const auto result = transport_.discard(context_->on.read_buffer());
  if (result.what == io_result::outcome::wait_read) {
    want_read();
    return;
  }
  if (result.what != io_result::outcome::done || result.bytes >= linger_left_) {
    finish();
    return;
  }
  linger_left_ -= static_cast<std::uint32_t>(result.bytes);
  want_read();
}

// -- writing

void client_session::queue(frame f) {
  outbox_.push(std::move(f));
  watch_slowness();
  if (!writing_)
    context_->on.mark_dirty(*this);
}

void client_session::watch_slowness() {
  const bool slow = phase_ != phase::http && outbox_.bytes() > context_->outbox_soft_max();
  if (slow == slow_)
    return;
  slow_ = slow;
  if (slow)
    socket_stats::add(context_->stats.slow_now);
  else
    socket_stats::subtract(context_->stats.slow_now);
}

void client_session::flush() {
  const boost::intrusive_ptr self{this};
  if (phase_ != phase::open)
    release_handler();
  if (phase_ == phase::closed || writing_)
    return;
  try {
    write_some();
  } catch (const std::exception& e) {
    on_failure(e.what());
  }
}

void client_session::write_some() {
  if (phase_ == phase::lingering)
    return;
  const auto [what, bytes] = outbox_.flush(transport_, context_->on.write_buffer());
  socket_stats::add(context_->stats.bytes_sent, bytes);
  watch_slowness();
  if (late_pong_ && !slow_ && phase_ == phase::open)
    queue(std::exchange(late_pong_, {}));
  switch (what) {
  case outbox::outcome::empty:
    if (outbox_.empty())
      on_written();
    break;
  case outbox::outcome::more:
    context_->on.mark_dirty(*this);
    break;
  case outbox::outcome::wait_write:
    want_write();
    break;
  case outbox::outcome::failed:
    finish();
    break;
  }
}

void client_session::on_written() {
  if (phase_ == phase::draining)
    linger();
  else if (phase_ == phase::http && http_)
    on_response_written();
}

// -- the end

void client_session::drain(std::chrono::milliseconds within) {
  phase_ = phase::draining;
  http_.reset();
  late_pong_ = {};
  arm(within);
  context_->on.mark_dirty(*this);
}

void client_session::linger() {
  phase_ = phase::lingering;
  linger_left_ = linger_bytes;
  transport_.shutdown();
  arm(linger_timeout);
  want_read();
}

void client_session::reset() {
  // The kernel drops what it holds for a peer that does not take it.
  const ::linger at_once{1, 0};
  ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  finish();
}

void client_session::on_failure(std::string_view what) {
  log().error("a connection failed error=\"{}\"", what);
  if (phase_ == phase::http && http_) {
    // A service that threw has perhaps dropped its responder, which has answered 500 already.
    if (http_->now == http_exchange::stage::answered)
      http_->keep_alive = false;
    else
      refuse(500, "internal error");
  } else if (phase_ == phase::open) {
    end_websocket(frame{protocol::encode_close(1011, "internal error")});
  } else {
    finish();
  }
}

void client_session::on_timer(time_point) {
  const boost::intrusive_ptr self{this};
  switch (phase_) {
  case phase::http:
    http_timeout();
    break;
  case phase::closing:
  case phase::draining:
    reset();
    break;
  case phase::open:
  case phase::lingering:
  case phase::closed:
    finish();
    break;
  }
}

void client_session::finish() {
  if (phase_ == phase::closed)
    return;
  phase_ = phase::closed;
  // The list's reference goes at the end of this block.
  const boost::intrusive_ptr self{this, false};
  context_->sessions.erase(context_->sessions.iterator_to(*this));
  context_->on.timers().disarm(*this);
  context_->on.forget(*this);
  outbox_.clear();
  late_pong_ = {};
  watch_slowness();
  http_.reset();
  boost::system::error_code ignored;
  socket_.close(ignored);
  socket_stats::subtract(context_->stats.connections);
  if (upgraded_)
    socket_stats::subtract(context_->stats.websockets);
  release_handler();
}

}  // namespace grapevine::net
