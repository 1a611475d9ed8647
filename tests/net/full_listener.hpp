#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <vector>

namespace grapevine::test {

/// A listening socket whose connections nobody takes, filled until a further one has to wait.
class full_listener {
public:
  full_listener() {
    auto* any = reinterpret_cast<sockaddr*>(&address_);
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    ::bind(add(), any, size);
    ::listen(sockets_[0], 0);
    ::getsockname(sockets_[0], any, &size);
    for (int i = 0; i < 4; ++i)
      ::connect(add(), any, size);
  }

  ~full_listener() {
    for (const int s : sockets_)
      ::close(s);
  }

  std::uint16_t port() const {
    return ntohs(address_.sin_port);
  }

private:
  int add() {
    return sockets_.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  }

  sockaddr_in address_{};
  std::vector<int> sockets_;
};

}  // namespace grapevine::test
