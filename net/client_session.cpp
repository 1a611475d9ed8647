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

client_session::client_session(boost::intrusive_ptr<client_session_context> context,
                               socket_type socket)
    : stream_socket{context->on, std::move(socket), reading::once}, context_{std::move(context)},
      websocket_{context_->settings.message_max} {}

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
    return !http_ || http_->connection.wants_read();
  case phase::websocket:
    return websocket_.wants_read();
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
  else if (phase_ == phase::websocket)
    websocket_bytes(bytes);
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

bool client_session::is_slow() const noexcept {
  return phase_ != phase::http && outbox_.bytes() > context_->outbox_soft_max();
}

void client_session::watch_slowness() {
  const bool slow = is_slow();
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
  if (!has_open_websocket())
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
  if (phase_ == phase::websocket)
    websocket_.on_sent(*this);
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
    on_http_written();
}

// -- the end

void client_session::drain() {
  phase_ = phase::draining;
  arm(context_->settings.close_timeout);
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
    perform(http_->connection.on_failure());
  } else if (has_open_websocket()) {
    websocket_.fail(1011, "internal error", *this);
    drain();
    release_handler();
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
  case phase::websocket:
  case phase::draining:
    reset();
    break;
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
  websocket_.end();
  watch_slowness();
  http_.reset();
  socket_stats::subtract(context_->stats.connections);
  if (upgraded_)
    socket_stats::subtract(context_->stats.websockets);
  release_handler();
}

}  // namespace grapevine::net
