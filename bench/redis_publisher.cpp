#include "bench/redis_publisher.hpp"

#include "bench/loopback.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

namespace grapevine::bench {

namespace {

void add_bulk(std::string& command, std::string_view text) {
  command.append("$")
      .append(std::to_string(text.size()))
      .append("\r\n")
      .append(text)
      .append("\r\n");
}

}  // namespace

redis_publisher::redis_publisher(std::uint16_t port) : fd_{connect_loopback(port)} {}

redis_publisher::~redis_publisher() {
  if (fd_ >= 0)
    ::close(fd_);
}

bool redis_publisher::publish(const std::string& channel, const std::string& payload) {
  std::string command = "*3\r\n$7\r\nPUBLISH\r\n";
  add_bulk(command, channel);
  add_bulk(command, payload);
  for (std::string_view rest = command; !rest.empty();) {
    const auto sent = ::send(fd_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR)
      continue;
    if (sent <= 0) {
      refuse("the connection to Redis was closed");
      return false;
    }
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void redis_publisher::read_answers() {
  std::array<char, 16384> buffer;
  const auto got = ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got == 0)
    refuse("the connection to Redis was closed");
  if (got <= 0)
    return;
  input_.append(buffer.data(), static_cast<std::size_t>(got));
  std::size_t at = 0;
  for (auto end = input_.find("\r\n"); end != std::string::npos; end = input_.find("\r\n", at)) {
    const auto line = std::string_view{input_}.substr(at, end - at);
    if (line.starts_with(':') && line != ":0")
      ++accepted_;
    else
      refuse("Redis answered " + std::string{line});
    at = end + 2;
  }
  input_.erase(0, at);
}

void redis_publisher::refuse(std::string why) {
  if (refusal_.empty())
    refusal_ = std::move(why);
}

}  // namespace grapevine::bench
