#include "net/stream_socket.hpp"

#include "net/link.hpp"

#include <boost/asio/post.hpp>

#include <sys/socket.h>

#include <utility>

namespace grapevine::net {

namespace {

using outcome = io_result::outcome;
using self_pointer = boost::intrusive_ptr<stream_socket>;

}  // namespace

stream_socket::stream_socket(loop& l, socket_type socket, reading how)
    : on_{l}, socket_{std::move(socket)}, transport_{-1}, how_{how} {}

stream_socket::~stream_socket() = default;

// -- the beginning

void stream_socket::begin(transport t) {
  const self_pointer self{this};
  transport_ = std::move(t);
  stage_ = transport_.is_secure() ? stage::handshaking : stage::open;
  guarded([this] {
    if (stage_ == stage::handshaking) {
      shake_hands();
      return;
    }
    on_established();
    if (is_open() && wants_read())
      want_read();
  });
}

void stream_socket::shake_hands() {
  switch (transport_.handshake().what) {
  case outcome::done:
    stage_ = stage::open;
    on_established();
    if (is_open() && wants_read())
      read_some();
    break;
  case outcome::wait_read:
    want_read();
    break;
  case outcome::wait_write:
    want_write();
    break;
  case outcome::end:
    on_end("closed by the peer during the TLS handshake");
    break;
  case outcome::failed:
    on_end(transport_.failure());
    break;
  }
}

// -- waiting

void stream_socket::want_read() {
  if (reading_ || stage_ == stage::closed)
    return;
  reading_ = true;
  socket_.async_wait(socket_type::wait_read,
                     [self = self_pointer{this}](boost::system::error_code ec) {
                       self->reading_ = false;
                       if (!ec)
                         self->on_readable();
                     });
}

void stream_socket::want_write() {
  if (writing_ || stage_ == stage::closed)
    return;
  writing_ = true;
  socket_.async_wait(socket_type::wait_write,
                     [self = self_pointer{this}](boost::system::error_code ec) {
                       self->writing_ = false;
                       if (!ec)
                         self->on_room();
                     });
}

// For the rest of what one turn had no room for: TLS may hold it, and then the socket is silent.
void stream_socket::read_again() {
  if (std::exchange(reading_, true))
    return;
  boost::asio::post(on_.io(), [self = self_pointer{this}] {
    self->reading_ = false;
    self->on_readable();
  });
}

void stream_socket::on_readable() {
  on_.refresh_now();
  guarded([this] {
    if (stage_ == stage::handshaking)
      shake_hands();
    else if (stage_ == stage::lingering)
      discard();
    else if (is_open() && wants_read())
      read_some();
  });
}

void stream_socket::on_room() {
  guarded([this] {
    if (stage_ == stage::handshaking)
      shake_hands();
    else if (is_open())
      on_writable();
    if (is_open() && transport_.read_waits_for_write() && wants_read())
      read_some();
  });
}

// -- reading

std::span<char> stream_socket::read_buffer() {
  return how_ == reading::greedily ? on_.link_buffer() : on_.read_buffer();
}

void stream_socket::read_some() {
  if (!is_open())
    return;
  const auto buffer = read_buffer();
  std::size_t have = 0;
  io_result last;
  do {
    last = transport_.read(buffer.subspan(have));
    have += last.bytes;
  } while (how_ == reading::greedily && last.what == outcome::done && have < buffer.size());
  std::string why;
  if (last.what == outcome::end)
    why = closed_by_peer;
  else if (last.what == outcome::failed)
    why = transport_.failure();
  if (have > 0)
    on_bytes(buffer.first(have));
  if (!is_open())
    return;
  if (!why.empty())
    on_end(std::move(why));
  else if (last.what == outcome::wait_write)
    want_write();
  else if (last.what == outcome::done && how_ == reading::greedily)
    read_again();
  else if (wants_read())
    want_read();
}

// -- the end

void stream_socket::linger(std::uint32_t discarded_max) {
  stage_ = stage::lingering;
  discarded_max_ = discarded_max;
  transport_.shutdown();
  want_read();
}

void stream_socket::discard() {
  const auto result = transport_.discard(read_buffer());
  const bool goes_on = result.what == outcome::wait_read
                       || (result.what == outcome::done && result.bytes < discarded_max_);
  if (!goes_on) {
    on_lingered();
    return;
  }
  discarded_max_ -= static_cast<std::uint32_t>(result.bytes);
  want_read();
}

void stream_socket::close_socket() noexcept {
  stage_ = stage::closed;
  on_.timers().disarm(*this);
  boost::system::error_code ignored;
  socket_.close(ignored);
  transport_ = transport{-1};
}

void stream_socket::reset_on_close() noexcept {
  const ::linger at_once{1, 0};
  ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

}  // namespace grapevine::net
