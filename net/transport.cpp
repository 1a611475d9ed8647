#include "net/transport.hpp"

#include "net/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <sys/socket.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <new>
#include <stdexcept>
#include <system_error>

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

// False when out of memory, or when the name cannot be one: nothing may then be sent.
bool expect_server(SSL* ssl, const std::string& name) {
  auto* wanted = SSL_get0_param(ssl);
  if (X509_VERIFY_PARAM_set1_ip_asc(wanted, name.c_str()) == 1)
    return true;
  // RFC 6066, section 3: the name that is sent is a name, never an address.
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set1_host(ssl, name.c_str()) == 1 && SSL_set_tlsext_host_name(ssl, name.c_str()) == 1;
}

std::size_t total_bytes(std::span<const iovec> slices) noexcept {
  std::size_t total = 0;
  for (const auto& slice : slices)
    total += slice.iov_len;
  return total;
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

transport::transport(int socket, const tls_context& context)
    : transport{socket, context.native(), tls_role::accepts} {}

transport::transport(int socket, SSL_CTX* context, tls_role role) : socket_{socket} {
  ssl_.reset(SSL_new(context));
  if (!ssl_ || SSL_set_fd(ssl_.get(), socket) != 1)
    throw std::bad_alloc{};
  if (role == tls_role::accepts)
    SSL_set_accept_state(ssl_.get());
  else
    SSL_set_connect_state(ssl_.get());
}

transport::transport(int socket, const tls_setup& tls) : socket_{socket} {
  if (!tls.context)
    return;
  *this = transport{socket, tls.context.get(), tls.role};
  if (!tls.server_name.empty() && !expect_server(ssl_.get(), tls.server_name))
    throw std::runtime_error{"\"" + tls.server_name + "\" is no server name"};
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

io_result transport::handshake() {
  if (!ssl_)
    return {outcome::done, 0};
  ERR_clear_error();
  const auto result = SSL_do_handshake(ssl_.get());
  return result == 1 ? io_result{outcome::done, 0} : tls_outcome(result);
}

std::string transport::failure() const {
  const int error = errno;
  const auto refusal = ssl_ ? SSL_get_verify_result(ssl_.get()) : X509_V_OK;
  if (refusal != X509_V_OK)
    return std::string{"the peer's certificate is refused: "}
           + X509_verify_cert_error_string(refusal);
  const auto code = ssl_ ? ERR_peek_last_error() : 0;
  if (code == 0)
    return std::generic_category().message(error);
  if (ERR_GET_LIB(code) == ERR_LIB_SSL
      && ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
    return "cut off by the peer";
  const auto* reason = ERR_reason_error_string(code);
  return std::string{"TLS failed: "} + (reason ? reason : "unknown reason");
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

io_result transport::write(std::span<const iovec> slices, std::span<char> scratch) {
  if (!ssl_)
    return send_slices(socket_, slices);
  assert(scratch.size() <= UINT16_MAX);
  const auto length = gather(slices, scratch);
  ERR_clear_error();
  std::size_t n = 0;
  const auto result = SSL_write_ex(ssl_.get(), scratch.data(), length, &n);
  promised_ = result == 1 ? std::uint16_t{0} : static_cast<std::uint16_t>(length);
  return result == 1 ? io_result{outcome::done, n} : tls_outcome(result);
}

flush_result transport::flush(std::span<const iovec> slices, std::size_t queued,
                              std::span<char> scratch) {
  using queue = flush_result::outcome;
  const auto result = write(slices, scratch);
  if (result.what == outcome::wait_write)
    return {queue::wait_write, 0};
  // To wait for reading in order to write is TLS renegotiation, which is off.
  if (result.what != outcome::done)
    return {queue::failed, 0};
  if (result.bytes == queued)
    return {queue::empty, result.bytes};
  // A plain socket that took less is full; TLS takes at most one record at a time.
  const bool full = !ssl_ && result.bytes < total_bytes(slices);
  return {full ? queue::wait_write : queue::more, result.bytes};
}

void transport::shutdown() noexcept {
  if (ssl_ && SSL_is_init_finished(ssl_.get())) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
  }
  ::shutdown(socket_, SHUT_WR);
}

io_result transport::discard(std::span<char> scratch) noexcept {
  return receive(socket_, scratch);
}

}  // namespace grapevine::net
