#include "net/socket_link.hpp"

#include "base/endpoint.hpp"
#include "net/link_tls.hpp"
#include "net/log.hpp"

#include <boost/asio/post.hpp>

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cassert>
#include <cstdint>
#include <exception>
#include <utility>

namespace asio = boost::asio;

namespace grapevine::net {

namespace {

/// Bounds what is queued in front of a probe: at a gigabit, a millisecond's worth.
constexpr int notsent_bytes_max = 128 << 10;
/// In link_kind's words.
constexpr int node_timeout_ms = 4'000;
constexpr int server_timeout_ms = 20'000;

void set_options(int socket, link_kind kind) noexcept {
  const auto set = [socket](int level, int name, int value) {
    ::setsockopt(socket, level, name, &value, sizeof value);
  };
  const bool is_node = kind == link_kind::node;
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  set(IPPROTO_TCP, TCP_NOTSENT_LOWAT, notsent_bytes_max);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, is_node ? node_timeout_ms : server_timeout_ms);
  set(SOL_SOCKET, SO_KEEPALIVE, is_node ? 0 : 1);
}

}  // namespace

std::string to_string(const asio::ip::tcp::endpoint& e) {
  return base::to_string({e.address().to_string(), e.port()});
}

socket_link::socket_link(loop& l, socket_type socket, tls_setup tls, link_kind kind)
    : stream_socket{l, std::move(socket), reading::greedily}, tls_{std::move(tls)}, kind_{kind} {}

std::shared_ptr<link> socket_link::handle() {
  return {this, [self = boost::intrusive_ptr{this}](link*) { self->detach(); }};
}

// -- the beginning

void socket_link::start(link_handler& handler) {
  handler_ = &handler;
  if (now() == stage::unconnected)
    connected(on_.refresh_now() + link_handshake_timeout);
}

void socket_link::connected(time_point deadline) {
  set_options(socket_.native_handle(), kind_);
  // Now, because a peer that refuses the handshake may be gone before its reason is read.
  boost::system::error_code ec;
  remote_ = socket_.remote_endpoint(ec);
  if (ec) {
    end(ec.message());
    return;
  }
  transport over{-1};
  try {
    over = transport{socket_.native_handle(), tls_};
  } catch (const std::exception& e) {
    end(e.what());
    return;
  }
  if (over.is_secure())
    on_.timers().arm(*this, deadline);
  begin(std::move(over));
}

void socket_link::on_established() {
  on_.timers().disarm(*this);
  link_peer peer{to_string(remote_), {}, {}};
  if (auto* ssl = transport_.native()) {
    peer.tls_binding = channel_binding(ssl);
    peer.names = certificate_names(ssl);
  }
  if (handler_)
    handler_->on_open(peer);
}

// -- reading

bool socket_link::wants_read() const noexcept {
  return true;
}

void socket_link::on_bytes(std::span<char> bytes) {
  if (handler_ && !closing_)
    handler_->on_bytes({bytes.data(), bytes.size()});
}

// After an error of writing, reading may look like an orderly end; else it knows better why.
void socket_link::on_end(std::string why) {
  end(!write_failure_.empty() && why == closed_by_peer ? std::move(write_failure_)
                                                       : std::move(why));
}

// -- writing

void socket_link::write(std::vector<base::slice> slices) {
  if (!is_open() || closing_)
    return;
  assert(!writing_);
  slices_.assign(std::move(slices));
  writing_ = true;
  write_some();
}

bool socket_link::writing() const noexcept {
  return writing_;
}

void socket_link::write_some() {
  for (;;) {
    switch (slices_.flush(transport_, on_.write_buffer()).what) {
    case flush_result::outcome::more:
      continue;
    case flush_result::outcome::empty:
      post(&socket_link::on_sent);
      return;
    case flush_result::outcome::wait_write:
      want_write();
      return;
    case flush_result::outcome::failed:
      write_failure_ = transport_.failure();
      post(&socket_link::on_write_failed);
      return;
    }
  }
}

void socket_link::on_writable() {
  if (!slices_.empty() && write_failure_.empty())
    write_some();
}

void socket_link::on_sent() {
  writing_ = false;
  if (closing_)
    linger(UINT32_MAX);
  else if (handler_)
    handler_->on_written();
}

// What the peer said before it went may still be there, and may be why.
void socket_link::on_write_failed() {
  read_some();
  if (is_open())
    end(std::move(write_failure_));
}

// -- the end

void socket_link::close(std::chrono::milliseconds linger_time) {
  if (now() == stage::unconnected || now() == stage::handshaking)
    end("closed by us");
  if (!is_open() || closing_)
    return;
  closing_ = true;
  on_.timers().arm(*this, on_.refresh_now() + linger_time);
  if (!writing_)
    linger(UINT32_MAX);
}

void socket_link::on_lingered() {
  end("closed by us");
}

void socket_link::on_timer(time_point) {
  if (now() == stage::handshaking) {
    end("timed out in the TLS handshake");
    return;
  }
  if (writing_)
    reset_on_close();
  end("closed by us");
}

void socket_link::on_failure(std::string_view what) {
  log().error("the handler of a link failed error=\"{}\"", what);
  reset_on_close();
  end("its handler failed");
}

void socket_link::abort() {
  if (now() != stage::closed)
    reset_on_close();
  end("closed by us");
}

void socket_link::detach() {
  handler_ = nullptr;
  abort();
}

void socket_link::end(std::string why) {
  if (now() == stage::closed)
    return;
  close_socket();
  on_ended();
  slices_.clear();
  asio::post(on_.io(), [self = boost::intrusive_ptr{this}, reason = std::move(why)] {
    if (auto* handler = std::exchange(self->handler_, nullptr))
      handler->on_closed(reason);
  });
}

void socket_link::post(void (socket_link::*then)()) {
  asio::post(on_.io(), [self = boost::intrusive_ptr{this}, then] {
    if (self->now() != stage::closed)
      self->guarded([&] { (*self.*then)(); });
  });
}

}  // namespace grapevine::net
