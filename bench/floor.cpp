// The floor of a fan-out's cost: one thread, one epoll descriptor, and for each publish one send()
// of a ready-made frame per subscriber. It speaks just enough of the protocol for the load
// generator: it believes every upgrade, takes the first bytes a client sends for its subscription,
// and every POST for an event. Nothing is parsed, checked or queued beyond what keeps the framing
// whole when a socket is full.

#include "bench/loopback.hpp"
#include "bench/workload.hpp"
#include "protocol/websocket_frame.hpp"

#include <CLI/CLI.hpp>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace grapevine::bench {
namespace {

constexpr std::size_t unsent_bytes_max = 4u << 20;

struct connection {
  int fd;
  bool is_websocket = false;
  bool is_subscribed = false;
  std::string input;   // an HTTP request that is not whole yet
  std::string unsent;  // what a full socket did not take
};

class floor_server {
public:
  floor_server(int listener, std::size_t event_size)
      : listener_{listener}, epoll_{::epoll_create1(EPOLL_CLOEXEC)}, event_{text(event_message(
                                                                         event_size))},
        greeting_{text(R"({"event":"pusher:connection_established","data":)"
                       R"("{\"socket_id\":\"1.1\",\"activity_timeout\":120}"})")},
        subscribed_{text(R"({"event":"pusher_internal:subscription_succeeded","channel":")"
                         + std::string{event_channel} + R"(","data":"{}"})")} {
    epoll_event interest{};
    interest.events = EPOLLIN;
    interest.data.ptr = nullptr;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &interest);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 256> ready;
    for (;;) {
      const int count = ::epoll_wait(epoll_, ready.data(), ready.size(), -1);
      for (int i = 0; i < count; ++i) {
        const auto& event = ready[static_cast<std::size_t>(i)];
        auto* one = static_cast<connection*>(event.data.ptr);
        if (one == nullptr)
          accept_all();
        else if ((event.events & EPOLLOUT) != 0)
          send_rest(*one);
        else
          read(one);
      }
    }
  }

private:
  static std::string text(const std::string& payload) {
    return protocol::encode_frame(protocol::opcode::text, payload);
  }

  void accept_all() {
    for (int fd; (fd = accept_connection(listener_)) >= 0;)
      watch(EPOLL_CTL_ADD, new connection{.fd = fd}, EPOLLIN);
  }

  void watch(int operation, connection* one, std::uint32_t events) {
    epoll_event interest{};
    interest.events = events;
    interest.data.ptr = one;
    ::epoll_ctl(epoll_, operation, one->fd, &interest);
  }

  void read(connection* one) {
    std::array<char, 16384> buffer;
    const auto got = ::recv(one->fd, buffer.data(), buffer.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
      return;
    if (got <= 0) {
      close(one);
    } else if (!one->is_websocket) {
      one->input.append(buffer.data(), static_cast<std::size_t>(got));
      while (take_request(*one)) {
      }
    } else if (!one->is_subscribed) {
      one->is_subscribed = true;
      subscribers_.push_back(one);
      send(*one, subscribed_);
    }
  }

  bool take_request(connection& one) {
    const auto end = one.input.find("\r\n\r\n");
    if (end == std::string::npos)
      return false;
    if (one.input.starts_with("GET ")) {
      one.is_websocket = true;
      one.input = std::string{};
      send(one, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
      send(one, greeting_);
      return false;
    }
    constexpr std::string_view name = "Content-Length: ";
    const auto field = one.input.find(name);
    const auto body = field < end ? std::strtoul(&one.input[field + name.size()], nullptr, 10) : 0;
    if (one.input.size() < end + 4 + body)
      return false;
    one.input.erase(0, end + 4 + body);
    for (auto* subscriber : subscribers_)
      send(*subscriber, event_);
    send(one, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
    return true;
  }

  void send(connection& one, std::string_view bytes) {
    if (one.unsent.empty()) {
      const auto sent = ::send(one.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno != EAGAIN)
        return;  // epoll reports the hang-up
      bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
      if (bytes.empty())
        return;
      watch(EPOLL_CTL_MOD, &one, EPOLLIN | EPOLLOUT);
    }
    if (one.unsent.size() + bytes.size() > unsent_bytes_max)
      ::shutdown(one.fd, SHUT_RDWR);
    else
      one.unsent += bytes;
  }

  void send_rest(connection& one) {
    const auto sent = ::send(one.fd, one.unsent.data(), one.unsent.size(), MSG_NOSIGNAL);
    if (sent > 0)
      one.unsent.erase(0, static_cast<std::size_t>(sent));
    if (one.unsent.empty() || (sent < 0 && errno != EAGAIN)) {
      one.unsent.clear();
      watch(EPOLL_CTL_MOD, &one, EPOLLIN);
    }
  }

  void close(connection* one) {
    std::erase(subscribers_, one);
    ::close(one->fd);
    delete one;
  }

  int listener_;
  int epoll_;
  const std::string event_;
  const std::string greeting_;
  const std::string subscribed_;
  std::vector<connection*> subscribers_;
};

}  // namespace
}  // namespace grapevine::bench

int main(int argc, char** argv) {
  CLI::App app{"A bare epoll loop writing ready-made frames: what a fan-out costs at least"};
  std::uint16_t port = 0;
  std::size_t size = 200;
  app.add_option("--port", port, "Port on 127.0.0.1")->required();
  app.add_option("--size", size, "Bytes of an event's data")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const int listener = grapevine::bench::listen_loopback(port);
  if (listener < 0) {
    std::perror("fanout_floor: cannot listen");
    return 1;
  }
  grapevine::bench::floor_server{listener, size}.run();
}
