#include "bench/http_publisher.hpp"

#include "bench/loopback.hpp"
#include "bench/workload.hpp"
#include "protocol/http_auth.hpp"

#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>

namespace grapevine::bench {
std::size_t content_length(std::string_view head) {
  constexpr std::string_view name = "content-length:";
  for (auto line = head.find("\r\n"); line != std::string_view::npos;
       line = head.find("\r\n", line + 2)) {
    const auto field = head.substr(line + 2);
    if (field.size() > name.size() && ::strncasecmp(field.data(), name.data(), name.size()) == 0)
      return std::strtoul(field.data() + name.size(), nullptr, 10);
  }
  return 0;
}

http_publisher::http_publisher(std::uint16_t port, std::string_view endpoint)
    : fd_{connect_loopback(port)}, port_{port}, path_{"/apps/" + std::string{app_id} + "/"
                                                      + std::string{endpoint}} {}

http_publisher::~http_publisher() {
  if (fd_ >= 0)
    ::close(fd_);
}

bool http_publisher::publish(const std::string& body) {
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::system_clock::now().time_since_epoch());
  const auto query = protocol::signed_query("POST", path_, {}, body, app_key, app_secret, now);
  const auto request = "POST " + path_ + "?" + query
                       + " HTTP/1.1\r\n"
                         "Host: 127.0.0.1:"
                       + std::to_string(port_)
                       + "\r\n"
                         "Content-Type: application/json\r\n"
                         "Content-Length: "
                       + std::to_string(body.size()) + "\r\n\r\n" + body;
  sent_at_ = std::chrono::steady_clock::now();
  for (std::string_view rest = request; !rest.empty();) {
    const auto sent = ::send(fd_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR)
      continue;
    if (sent <= 0) {
      if (refusal_.empty())
        refusal_ = "the publishing connection was closed";
      return false;
    }
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  ++published_;
  return true;
}

void http_publisher::read_answers() {
  std::array<char, 16384> buffer;
  const auto got = ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got == 0 && refusal_.empty())
    refusal_ = "the publishing connection was closed";
  if (got <= 0)
    return;
  input_.append(buffer.data(), static_cast<std::size_t>(got));
  while (take_answer()) {
  }
}

bool http_publisher::take_answer() {
  const auto end = input_.find("\r\n\r\n");
  if (end == std::string::npos)
    return false;
  const auto head = std::string_view{input_}.substr(0, end + 2);
  const auto size = end + 4 + content_length(head);
  if (input_.size() < size)
    return false;
  if (head.starts_with("HTTP/1.1 200"))
    ++accepted_;
  else if (refusal_.empty())
    refusal_ = input_.substr(0, input_.find("\r\n")) + " " + input_.substr(end + 4, size - end - 4);
  input_.erase(0, size);
  return true;
}

}  // namespace grapevine::bench
