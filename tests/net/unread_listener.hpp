#pragma once

#include "event_log.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

namespace grapevine::test {

/// A listening socket whose connections are answered without being read.
class unread_listener {
public:
  unread_listener() {
    auto* any = reinterpret_cast<sockaddr*>(&address_);
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    sockets_.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ::bind(sockets_[0], any, size);
    ::listen(sockets_[0], 16);
    ::getsockname(sockets_[0], any, &size);
  }
  ~unread_listener() {
    for (const int s : sockets_)
      ::close(s);
  }
  unread_listener(const unread_listener&) = delete;
  unread_listener& operator=(const unread_listener&) = delete;

  std::uint16_t port() const {
    return ntohs(address_.sin_port);
  }

  /// Waits for one more connection and writes to it; false past the deadline.
  bool answer(std::string_view bytes) {
    pollfd waiting{sockets_[0], POLLIN, 0};
    constexpr auto ms = std::chrono::milliseconds{deadline}.count();
    if (::poll(&waiting, 1, static_cast<int>(ms)) != 1)
      return false;
    sockets_.push_back(::accept(sockets_[0], nullptr, nullptr));
    return ::send(sockets_.back(), bytes.data(), bytes.size(), MSG_NOSIGNAL)
           == static_cast<ssize_t>(bytes.size());
  }

private:
  sockaddr_in address_{};
  std::vector<int> sockets_;  ///< the first listens
};

}  // namespace grapevine::test
