#include "net/client_session.hpp"

#include "net/log.hpp"

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
    : stream_socket{context->on, std::move(socket), reading::once}, context_{std::move(context)},
      decoder_{context_->settings.message_max} {}

client_session::~client_session() = default;

void client_session::start() {
  auto over = make_transport(*context_, socket_.native_handle());
  context_->sessions.push_back(*this);
  intrusive_ptr_add_ref(this);
  socket_stats::add(context_->stats.connections);
  arm(context_->settings.handshake_timeout);
  begin(std::move(over));
}

void client_session::abort() {
  finish();
}

void client_session::arm(std::chrono::milliseconds delay) {
  on_.timers().arm(*this, on_.now() + delay);
}

// -- reading

bool client_session::wants_read() const noexcept {
  switch (phase_) {
  case phase::http:
    return !http_ || http_->now == http_exchange::stage::reading;
  case phase::open:
    return !paused_;
  case phase::closing:
    return true;
  case phase::draining:
  case phase::over:
    break;
  }
  return false;
}

void client_session::on_bytes(std::span<char> bytes) {
  socket_stats::add(context_->stats.bytes_received, bytes.size());
  if (phase_ == phase::http)
    http_bytes({bytes.data(), bytes.size()});
  else if (wants_decoding())
    decode(bytes);
}

void client_session::on_end(std::string) {
  finish();
}

// -- writing

void client_session::queue(frame f) {
  outbox_.push(std::move(f));
  watch_slowness();
  if (!waits_to_write())
    on_.mark_dirty(*this);
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
  if (is_open() && !waits_to_write())
    guarded([this] { write_some(); });
}

void client_session::on_writable() {
  write_some();
}

void client_session::write_some() {
  const auto [what, bytes] = outbox_.flush(transport_, on_.write_buffer());
  socket_stats::add(context_->stats.bytes_sent, bytes);
  watch_slowness();
  if (late_pong_ && !slow_ && phase_ == phase::open)
    queue(std::exchange(late_pong_, {}));
  switch (what) {
  case flush_result::outcome::empty:
    if (outbox_.empty())
      on_written();
    break;
  case flush_result::outcome::more:
    on_.mark_dirty(*this);
    break;
  case flush_result::outcome::wait_write:
    want_write();
    break;
  case flush_result::outcome::failed:
    finish();
    break;
  }
}

void client_session::on_written() {
  if (phase_ == phase::draining)
    end_in_order();
  else if (phase_ == phase::http && http_)
    on_response_written();
}

// -- the end

void client_session::drain(std::chrono::milliseconds within) {
  phase_ = phase::draining;
  http_.reset();
  late_pong_ = {};
  arm(within);
  on_.mark_dirty(*this);
}

void client_session::end_in_order() {
  phase_ = phase::over;
  arm(linger_timeout);
  linger(linger_bytes);
}

void client_session::on_lingered() {
  finish();
}

void client_session::reset() {
  reset_on_close();
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
  case phase::over:
    finish();
    break;
  }
}

void client_session::finish() {
  if (now() == stage::closed)
    return;
  phase_ = phase::over;
  close_socket();
  // The list's reference goes at the end of this block.
  const boost::intrusive_ptr self{this, false};
  context_->sessions.erase(context_->sessions.iterator_to(*this));
  on_.forget(*this);
  outbox_.clear();
  late_pong_ = {};
  watch_slowness();
  http_.reset();
  socket_stats::subtract(context_->stats.connections);
  if (upgraded_)
    socket_stats::subtract(context_->stats.websockets);
  release_handler();
}

}  // namespace grapevine::net
