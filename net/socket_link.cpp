#include "net/socket_link.hpp"

#include "base/endpoint.hpp"
#include "net/link_tls.hpp"
#include "net/log.hpp"

#include <boost/asio/post.hpp>

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <climits>
#include <exception>
#include <utility>

namespace asio = boost::asio;

namespace grapevine::net {

namespace {

using outcome = io_result::outcome;

constexpr int notsent_bytes_max = 128 << 10;
constexpr int node_timeout_ms = 4'000;
constexpr int server_timeout_ms = 20'000;

void set_options(int socket, link_kind kind) noexcept {
  const auto set = [socket](int level, int name, int value) {
    ::setsockopt(socket, level, name, &value, sizeof value);
  };
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  // Bounds what is queued in front of a probe.
  set(IPPROTO_TCP, TCP_NOTSENT_LOWAT, notsent_bytes_max);
  const bool is_node = kind == link_kind::node;
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, is_node ? node_timeout_ms : server_timeout_ms);
  set(SOL_SOCKET, SO_KEEPALIVE, is_node ? 0 : 1);
}

}  // namespace

std::string to_string(const asio::ip::tcp::endpoint& e) {
  return base::to_string({e.address().to_string(), e.port()});
}

socket_link::socket_link(loop& l, tls_setup tls, link_kind kind)
    : on_{l}, socket_{l.io()}, tls_{std::move(tls)}, kind_{kind} {}

std::shared_ptr<link> socket_link::handle() {
  return {this, [self = shared_from_this()](link*) { self->detach(); }};
}

void socket_link::adopt(socket_type socket) {
  socket_ = std::move(socket);
}

void socket_link::start(link_handler& handler) {
  handler_ = &handler;
  if (phase_ == phase::connecting)
    established(on_.refresh_now() + link_handshake_timeout);
}

void socket_link::established(time_point deadline) {
  set_options(socket_.native_handle(), kind_);
  try {
    transport_.emplace(socket_.native_handle(), tls_);
  } catch (const std::exception& e) {
    end(e.what());
    return;
  }
  if (!tls_.context) {
    open();
    return;
  }
  phase_ = phase::handshaking;
  on_.timers().arm(*this, deadline);
  shake_hands();
}

void socket_link::shake_hands() {
  switch (transport_->handshake().what) {
  case outcome::done:
    open();
    break;
  case outcome::wait_read:
    wait(socket_type::wait_read, &socket_link::shake_hands);
    break;
  case outcome::wait_write:
    wait(socket_type::wait_write, &socket_link::shake_hands);
    break;
  case outcome::end:
    end("closed by the peer during the TLS handshake");
    break;
  case outcome::failed:
    end(transport_->failure());
    break;
  }
}

void socket_link::open() {
  on_.timers().disarm(*this);
  boost::system::error_code ec;
  const auto remote = socket_.remote_endpoint(ec);
  if (ec) {
    end(ec.message());
    return;
  }
  link_peer peer{to_string(remote), {}, {}};
  if (auto* ssl = transport_->native()) {
    peer.tls_binding = channel_binding(ssl);
    peer.names = certificate_names(ssl);
  }
  phase_ = phase::open;
  tell([&](link_handler& h) { h.on_open(peer); });
  if (phase_ != phase::closed)
    read_some();
}

// From `open` on there always is one pending call of this, waiting or posted.
void socket_link::read_some() {
  if (phase_ == phase::closing && !writing_) {
    discard();
    return;
  }
  switch (receive()) {
  case outcome::done:
    // The buffer was too small for what is there, and TLS may hold some of it.
    post(&socket_link::read_some);
    break;
  case outcome::wait_read:
    wait(socket_type::wait_read, &socket_link::read_some);
    break;
  case outcome::wait_write:
    wait(socket_type::wait_write, &socket_link::read_some);
    break;
  default:
    break;
  }
}

// Reads until the buffer is full or nothing is left, hands it over, and ends the link at its end.
outcome socket_link::receive() {
  const auto buffer = on_.link_buffer();
  std::size_t have = 0;
  io_result last;
  do {
    last = transport_->read(buffer.subspan(have));
    have += last.bytes;
  } while (last.what == outcome::done && have < buffer.size());
  // An error is reported once: after one of writing, reading may look like an orderly end.
  auto why = write_failure_;
  if (why.empty() && last.what == outcome::end)
    why = "closed by the peer";
  if (why.empty() && last.what == outcome::failed)
    why = transport_->failure();
  if (have > 0 && phase_ == phase::open)
    tell([&](link_handler& h) { h.on_bytes({buffer.data(), have}); });
  if (!why.empty())
    end(std::move(why));
  return phase_ == phase::closed ? outcome::end : last.what;
}

// All has left. Closing while bytes come in would be a reset, and could cost the peer our last
// ones.
void socket_link::discard() {
  const auto result = transport_->discard(on_.link_buffer());
  if (result.what == outcome::end || result.what == outcome::failed)
    end("closed by us");
  else
    wait(socket_type::wait_read, &socket_link::read_some);
}

void socket_link::write(std::vector<base::slice> slices) {
  if (phase_ != phase::open)
    return;
  assert(!writing_);
  std::erase_if(slices, [](const base::slice& s) { return s.bytes.empty(); });
  slices_ = std::move(slices);
  next_ = 0;
  offset_ = 0;
  writing_ = true;
  write_some();
}

bool socket_link::writing() const noexcept {
  return writing_;
}

void socket_link::write_some() {
  std::array<iovec, IOV_MAX> pieces;
  while (next_ < slices_.size()) {
    const auto n = gather(pieces);
    const auto result = transport_->write({pieces.data(), n}, on_.write_buffer());
    switch (result.what) {
    case outcome::done:
      advance(result.bytes);
      break;
    case outcome::wait_write:
      wait(socket_type::wait_write, &socket_link::write_some);
      return;
    case outcome::wait_read:
      wait(socket_type::wait_read, &socket_link::write_some);
      return;
    default:
      write_failure_ = transport_->failure();
      post(&socket_link::on_write_failed);
      return;
    }
  }
  slices_.clear();
  post(&socket_link::on_sent);
}

std::size_t socket_link::gather(std::span<iovec> pieces) const noexcept {
  // TLS copies one record at a time, so it need not see more.
  const auto enough = tls_.context ? on_.write_buffer().size() : SIZE_MAX;
  std::size_t n = 0;
  std::size_t bytes = 0;
  for (auto i = next_; i < slices_.size() && n < pieces.size() && bytes < enough; ++i, ++n) {
    const auto piece = slices_[i].bytes.substr(i == next_ ? offset_ : 0);
    pieces[n] = {const_cast<char*>(piece.data()), piece.size()};
    bytes += piece.size();
  }
  return n;
}

void socket_link::advance(std::size_t bytes) noexcept {
  offset_ += bytes;
  while (next_ < slices_.size() && offset_ >= slices_[next_].bytes.size()) {
    offset_ -= slices_[next_].bytes.size();
    slices_[next_].owner.reset();
    ++next_;
  }
}

void socket_link::on_sent() {
  writing_ = false;
  if (phase_ == phase::closing)
    finish_writing();
  else
    tell([](link_handler& h) { h.on_written(); });
}

// What the peer said before it went may still be there, and may be why.
void socket_link::on_write_failed() {
  receive();
}

void socket_link::close(std::chrono::milliseconds linger) {
  if (phase_ == phase::connecting || phase_ == phase::handshaking)
    end("closed by us");
  if (phase_ != phase::open)
    return;
  phase_ = phase::closing;
  on_.timers().arm(*this, on_.refresh_now() + linger);
  if (!writing_)
    finish_writing();
}

void socket_link::finish_writing() {
  transport_->shutdown();
}

void socket_link::on_timer(time_point) {
  if (phase_ == phase::handshaking) {
    end("timed out in the TLS handshake");
    return;
  }
  if (writing_)
    reset_on_close();
  end("closed by us");
}

void socket_link::abort() {
  reset_on_close();
  end("closed by us");
}

void socket_link::detach() {
  handler_ = nullptr;
  abort();
}

void socket_link::reset_on_close() noexcept {
  boost::system::error_code ignored;
  socket_.set_option(asio::socket_base::linger{true, 0}, ignored);
}

void socket_link::end(std::string why) {
  if (phase_ == phase::closed)
    return;
  phase_ = phase::closed;
  on_.timers().disarm(*this);
  on_end();
  transport_.reset();
  boost::system::error_code ignored;
  socket_.close(ignored);
  slices_.clear();
  asio::post(on_.io(), [self = shared_from_this(), reason = std::move(why)] {
    if (auto* handler = std::exchange(self->handler_, nullptr))
      handler->on_closed(reason);
  });
}

void socket_link::wait(wait_type what, void (socket_link::*then)()) {
  socket_.async_wait(what, [self = shared_from_this(), then](boost::system::error_code ec) {
    if (!ec && self->phase_ != phase::closed)
      (*self.*then)();
  });
}

void socket_link::post(void (socket_link::*then)()) {
  asio::post(on_.io(), [self = shared_from_this(), then] {
    if (self->phase_ != phase::closed)
      (*self.*then)();
  });
}

template <class Call>
void socket_link::tell(Call call) {
  if (!handler_)
    return;
  try {
    call(*handler_);
  } catch (const std::exception& e) {
    log().error("the handler of a link failed error=\"{}\"", e.what());
    reset_on_close();
    end("its handler failed");
  }
}

}  // namespace grapevine::net
