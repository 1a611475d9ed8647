#include "net/listening_socket.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <system_error>

namespace grapevine::net {

namespace {

/// For the reconnects after a restart, which come all at once; the system's own bound (somaxconn,
/// usually 4,096) cuts it.
constexpr int backlog = 4096;

struct free_addresses {
  void operator()(addrinfo* list) const noexcept {
    freeaddrinfo(list);
  }
};
using address_list = std::unique_ptr<addrinfo, free_addresses>;

address_list resolve(const std::string& host, std::uint16_t port, int& error) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  error = getaddrinfo(host.empty() ? nullptr : host.c_str(), std::to_string(port).c_str(), &hints,
                      &list);
  return address_list{error == 0 ? list : nullptr};
}

std::string sentence(const std::string& host, std::uint16_t port, const std::string& why) {
  const bool is_v6 = host.find(':') != std::string::npos;
  return "cannot listen on " + (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port) + ": "
         + why;
}

std::string last_error() {
  return std::generic_category().message(errno);
}

// A descriptor, or -1 with errno.
int listen_on(const addrinfo& address, bool share) {
  const int socket =
      ::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (socket < 0)
    return -1;
  const int on = 1;
  const int off = 0;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  // "::" takes IPv4 as well, whatever the system's default.
  if (address.ai_family == AF_INET6)
    ::setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  const bool shared = !share || ::setsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0;
  if (shared && ::bind(socket, address.ai_addr, address.ai_addrlen) == 0
      && ::listen(socket, backlog) == 0)
    return socket;
  const int error = errno;
  ::close(socket);
  errno = error;
  return -1;
}

bound_address name_of(int socket) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (::getsockname(socket, address, &length) != 0
      || getnameinfo(address, length, host.data(), host.size(), port.data(), port.size(),
                     NI_NUMERICHOST | NI_NUMERICSERV)
             != 0)
    return {};
  return {host.data(), static_cast<std::uint16_t>(std::stoul(port.data()))};
}

}  // namespace

listening_socket open_listening_socket(const bound_address& wanted, bool share) {
  int error = 0;
  const auto addresses = resolve(wanted.host, wanted.port, error);
  if (!addresses)
    return {-1, false, sentence(wanted.host, wanted.port, gai_strerror(error))};
  std::string why;
  for (const auto* a = addresses.get(); a; a = a->ai_next) {
    const int socket = listen_on(*a, share);
    if (socket >= 0)
      return {socket, a->ai_family == AF_INET6, {}};
    // The first address is the one that was meant; later ones are second choice.
    if (why.empty())
      why = last_error();
    // A port that is taken must not be dodged by moving to another address of the same name.
    if (errno == EADDRINUSE)
      break;
  }
  return {-1, false, sentence(wanted.host, wanted.port, why)};
}

bind_result probe_address(const std::string& host, std::uint16_t port) {
  auto opened = open_listening_socket({host, port}, false);
  if (opened.descriptor < 0)
    return {{}, std::move(opened.error)};
  auto address = name_of(opened.descriptor);
  ::close(opened.descriptor);
  return {std::move(address), {}};
}

}  // namespace grapevine::net
