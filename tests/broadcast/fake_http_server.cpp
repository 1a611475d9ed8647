#include "fake_http_server.hpp"

#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <chrono>
#include <mutex>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace grapevine::broadcasting {

struct fake_http_server::state {
  int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::uint16_t port = 0;
  mutable std::mutex mutex;
  mutable std::condition_variable changed;
  std::function<http_script(const std::string&)> script;
  std::vector<std::string> requests;
  std::vector<int> sockets;
  std::vector<std::thread> threads;  ///< the first accepts
  bool ending = false;

  state() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listening, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
    ::listen(listening, 64);
    socklen_t size = sizeof(address);
    ::getsockname(listening, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    threads.emplace_back([this] { accept(); });
  }

  ~state() {
    {
      const std::lock_guard lock{mutex};
      ending = true;
      ::shutdown(listening, SHUT_RDWR);
      for (int one : sockets)
        ::shutdown(one, SHUT_RDWR);
    }
    threads.front().join();
    for (std::size_t i = 1; i < threads.size(); ++i)
      threads[i].join();
    for (int one : sockets)
      ::close(one);
    ::close(listening);
  }

  void accept() {
    for (;;) {
      const int one = ::accept(listening, nullptr, nullptr);
      if (one < 0)
        return;
      const std::lock_guard lock{mutex};
      if (ending)
        ::shutdown(one, SHUT_RDWR);
      sockets.push_back(one);
      threads.emplace_back([this, one] { serve(one); });
    }
  }

  /// Reads one request of which `rest` may hold the beginning; false when the client has gone.
  static bool read(int from, std::string& rest, std::string& request) {
    for (;;) {
      if (const auto end = rest.find("\r\n\r\n"); end != std::string::npos) {
        constexpr std::string_view name = "Content-Length: ";
        std::size_t length = 0;
        const auto at = rest.find(name) + name.size();
        std::from_chars(rest.data() + at, rest.data() + end, length);
        if (rest.size() >= end + 4 + length) {
          request = rest.substr(0, end + 4 + length);
          rest.erase(0, request.size());
          return true;
        }
      }
      std::array<char, 4096> part{};
      const auto size = ::recv(from, part.data(), part.size(), 0);
      if (size <= 0)
        return false;
      rest.append(part.data(), static_cast<std::size_t>(size));
    }
  }

  void serve(int with) {
    std::string rest, request;
    while (read(with, rest, request)) {
      http_script answer;
      {
        const std::lock_guard lock{mutex};
        requests.push_back(request);
        if (script)
          answer = script(request);
      }
      changed.notify_all();
      if (answer.status == 0)
        continue;
      const auto text = !answer.raw.empty()
                            ? answer.raw
                            : "HTTP/1.1 " + std::to_string(answer.status)
                                  + " X\r\nContent-Type: application/json\r\nContent-Length: "
                                  + std::to_string(answer.body.size()) + "\r\n\r\n" + answer.body;
      ::send(with, text.data(), text.size(), MSG_NOSIGNAL);
      if (answer.close)
        ::shutdown(with, SHUT_RDWR);
    }
  }
};

fake_http_server::fake_http_server() : state_{std::make_unique<state>()} {}

fake_http_server::~fake_http_server() = default;

std::string fake_http_server::url() const {
  return "http://127.0.0.1:" + std::to_string(state_->port);
}

void fake_http_server::answer_with(std::function<http_script(const std::string&)> f) {
  const std::lock_guard lock{state_->mutex};
  state_->script = std::move(f);
}

std::vector<std::string> fake_http_server::requests() const {
  const std::lock_guard lock{state_->mutex};
  return state_->requests;
}

std::size_t fake_http_server::connections() const {
  const std::lock_guard lock{state_->mutex};
  return state_->sockets.size();
}

bool fake_http_server::wait_for(std::size_t count) const {
  std::unique_lock lock{state_->mutex};
  return state_->changed.wait_for(lock, std::chrono::seconds{10},
                                  [&] { return state_->requests.size() >= count; });
}

}  // namespace grapevine::broadcasting
