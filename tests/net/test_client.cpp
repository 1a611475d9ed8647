#include "test_client.hpp"

#include "event_log.hpp"
#include "protocol/websocket_frame.hpp"

#include <openssl/ssl.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>

namespace grapevine::test {

std::string to_string(const received_frame& f) {
  return std::to_string(f.opcode) + ":" + f.payload.substr(0, 60);
}

std::string close_payload(std::uint16_t code, std::string_view reason) {
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
  return payload.append(reason);
}

std::string handshake(std::string_view path) {
  return "GET " + std::string{path}
         + " HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
}

test_client::test_client(std::uint16_t port, bool tls, int receive_buffer)
    : socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
  if (receive_buffer > 0)
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  const timeval limit{deadline.count(), 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error{"cannot connect"};
  if (!tls)
    return;
  context_ = SSL_CTX_new(TLS_client_method());
  ssl_ = SSL_new(context_);
  SSL_set_fd(ssl_, socket_);
  if (SSL_connect(ssl_) != 1)
    throw std::runtime_error{"no TLS handshake"};
}

test_client::~test_client() {
  SSL_free(ssl_);
  SSL_CTX_free(context_);
  ::close(socket_);
}

bool test_client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ssl_ ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                        : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0)
      return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

long test_client::receive(char* into, std::size_t n) {
  return ssl_ ? SSL_read(ssl_, into, static_cast<int>(n)) : ::recv(socket_, into, n, 0);
}

std::string test_client::read(std::size_t n) {
  std::string bytes(n, '\0');
  std::size_t have = 0;
  while (have < n) {
    const auto got = receive(bytes.data() + have, n - have);
    if (got <= 0)
      break;
    have += static_cast<std::size_t>(got);
  }
  bytes.resize(have);
  return bytes;
}

bool test_client::at_end() {
  std::array<char, 4096> skipped;
  long n;
  while ((n = receive(skipped.data(), skipped.size())) > 0)
    continue;
  return n == 0 && (!ssl_ || SSL_get_error(ssl_, 0) == SSL_ERROR_ZERO_RETURN);
}

bool test_client::was_reset() {
  std::array<char, 4096> skipped;
  long n;
  while ((n = ::recv(socket_, skipped.data(), skipped.size(), 0)) > 0)
    continue;
  return n < 0 && errno == ECONNRESET;
}

void test_client::half_close() {
  ::shutdown(socket_, SHUT_WR);
}

std::string test_client::read_until(std::string_view end) {
  std::string bytes;
  char c;
  while (!bytes.ends_with(end) && receive(&c, 1) == 1)
    bytes += c;
  return bytes;
}

std::optional<received_response> test_client::read_response(bool head) {
  received_response response;
  response.head = read_until("\r\n\r\n");
  if (!response.head.starts_with("HTTP/1.1 ") || !response.head.ends_with("\r\n\r\n"))
    return std::nullopt;
  response.status = static_cast<unsigned>(std::stoul(response.head.substr(9, 3)));
  const auto field = response.head.find("\r\nContent-Length: ");
  if (field != std::string::npos && !head) {
    const auto length = std::stoul(response.head.substr(field + 18));
    response.body = read(length);
    if (response.body.size() != length)
      return std::nullopt;
  }
  return response;
}

std::optional<received_frame> test_client::read_frame() {
  const auto start = read(2);
  if (start.size() < 2)
    return std::nullopt;
  const auto byte = [](char c) { return static_cast<unsigned char>(c); };
  std::size_t length = byte(start[1]);
  if (const std::size_t extra = length == 126 ? 2 : length == 127 ? 8 : 0; extra > 0) {
    length = 0;
    for (char c : read(extra))
      length = length << 8 | byte(c);
  }
  received_frame frame{byte(start[0]) & 0x0fu, read(length)};
  // A server's frames are whole and not masked, and no extension is in use.
  if ((byte(start[0]) & 0xf0u) != 0x80u || frame.payload.size() != length)
    return std::nullopt;
  return frame;
}

bool test_client::upgrade(std::string_view path, std::string_view behind) {
  if (!send(handshake(path).append(behind)))
    return false;
  const auto response = read_response();
  return response && response->status == 101;
}

bool test_client::send_text(std::string_view text) {
  return send(protocol::encode_masked_frame(protocol::opcode::text, text, 0x12345678));
}

}  // namespace grapevine::test
