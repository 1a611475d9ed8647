#include "net/transport.hpp"

#include "net/tls.hpp"
#include "net/tls_bio.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

namespace grapevine::net {

namespace {

using outcome = io_result::outcome;

bool would_block(int error) noexcept {
  return error == EAGAIN || error == EWOULDBLOCK;
}

template <class Call>
ssize_t uninterrupted(Call call) {
  ssize_t n;
  do {
    n = call();
  } while (n < 0 && errno == EINTR);
  return n;
}

io_result receive(int socket, std::span<char> into) noexcept {
  const auto n =
      uninterrupted([&] { return ::recv(socket, into.data(), into.size(), MSG_DONTWAIT); });
  if (n > 0)
    return {outcome::done, static_cast<std::size_t>(n)};
  if (n == 0)
    return {outcome::end, 0};
  return {would_block(errno) ? outcome::wait_read : outcome::failed, 0};
}

io_result send_slices(int socket, std::span<const iovec> slices) noexcept {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(slices.data());
  message.msg_iovlen = slices.size();
  const auto n =
      uninterrupted([&] { return ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT); });
  if (n >= 0)
    return {outcome::done, static_cast<std::size_t>(n)};
  return {would_block(errno) ? outcome::wait_write : outcome::failed, 0};
}

std::size_t gather(std::span<const iovec> slices, std::span<char> into) noexcept {
  std::size_t filled = 0;
  for (const auto& slice : slices) {
    const auto n = std::min(slice.iov_len, into.size() - filled);
    std::memcpy(into.data() + filled, slice.iov_base, n);
    filled += n;
    if (filled == into.size())
      break;
  }
  return filled;
}

}  // namespace

void transport::free_ssl::operator()(SSL* ssl) const noexcept {
  SSL_free(ssl);
}

transport::transport(int socket, const tls_context& context) : socket_{socket} {
  ssl_.reset(SSL_new(context.native()));
  auto* bio = ssl_ ? make_socket_bio(socket) : nullptr;
  if (!bio)
    throw std::bad_alloc{};
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_accept_state(ssl_.get());
}

transport::~transport() = default;

io_result transport::tls_outcome(int result) noexcept {
  switch (SSL_get_error(ssl_.get(), result)) {
  case SSL_ERROR_WANT_READ:
    return {outcome::wait_read, 0};
  case SSL_ERROR_WANT_WRITE:
    return {outcome::wait_write, 0};
  case SSL_ERROR_ZERO_RETURN:
    return {outcome::end, 0};
  default:
    return {outcome::failed, 0};
  }
}

io_result transport::read(std::span<char> into) {
  if (!ssl_)
    return receive(socket_, into);
  ERR_clear_error();
  std::size_t n = 0;
  const auto result = SSL_read_ex(ssl_.get(), into.data(), into.size(), &n);
  const auto moved = result == 1 ? io_result{outcome::done, n} : tls_outcome(result);
  read_waits_for_write_ = moved.what == outcome::wait_write;
  return moved;
}

bool transport::is_established() const noexcept {
  return !ssl_ || SSL_is_init_finished(ssl_.get());
}

io_result transport::write(std::span<const iovec> slices, std::span<char> scratch) {
  if (!ssl_)
    return send_slices(socket_, slices);
  const auto length = gather(slices, scratch);
  ERR_clear_error();
  std::size_t n = 0;
  const auto result = SSL_write_ex(ssl_.get(), scratch.data(), length, &n);
  promised_ = result == 1 ? 0 : static_cast<unsigned>(length);
  return result == 1 ? io_result{outcome::done, n} : tls_outcome(result);
}

void transport::shutdown() noexcept {
  if (ssl_ && is_established()) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
  }
  ::shutdown(socket_, SHUT_WR);
}

io_result transport::discard(std::span<char> scratch) noexcept {
  return receive(socket_, scratch);
}

}  // namespace grapevine::net
