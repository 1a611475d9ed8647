#include "bench/http_reader.hpp"

#include "bench/http_publisher.hpp"
#include "bench/loopback.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace grapevine::bench {

http_reader::~http_reader() {
  close();
}

void http_reader::close() {
  if (fd_ >= 0)
    ::close(fd_);
  fd_ = -1;
}

std::optional<http_reader::answer> http_reader::get(const std::string& path) {
  const bool fresh = fd_ < 0;
  auto got = ask(path);
  // A server may have closed a connection that was idle.
  if (!got && !fresh)
    got = ask(path);
  return got;
}

std::optional<http_reader::answer> http_reader::ask(const std::string& path) {
  if (fd_ < 0) {
    fd_ = connect_loopback(port_);
    if (fd_ < 0)
      return std::nullopt;
    const timeval patience{2, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  const auto request = "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
  ::send(fd_, request.data(), request.size(), MSG_NOSIGNAL);
  std::string input;
  std::array<char, 16384> buffer;
  while (true) {
    const auto got = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (got <= 0) {
      close();
      return std::nullopt;
    }
    input.append(buffer.data(), static_cast<std::size_t>(got));
    const auto end = input.find("\r\n\r\n");
    if (end == std::string::npos)
      continue;
    const auto size = content_length(std::string_view{input}.substr(0, end + 2));
    if (input.size() >= end + 4 + size)
      return answer{std::atoi(input.c_str() + sizeof "HTTP/1.1"), input.substr(end + 4, size)};
  }
}

}  // namespace grapevine::bench
