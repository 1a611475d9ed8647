#pragma once

#include "fake_service.hpp"
#include "net/listener.hpp"
#include "net/socket_stats.hpp"
#include "net/tls.hpp"
#include "running_loop.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <utility>

namespace grapevine::test {

/// A loop with a listener on a thread of its own, on a port of the system's choice.
class test_server {
public:
  explicit test_server(const net::client_session_settings& settings = {},
                       const net::tls_context* tls = nullptr)
      : listener_{std::make_unique<net::listener>(on_.loop, service, settings, tls, stats)} {
    auto bound = net::probe_address("127.0.0.1", 0);
    if (auto error = bound.error + listener_->listen(bound.address); !error.empty())
      throw std::runtime_error{error};
    port_ = bound.address.port;
    on_.start();
  }

  ~test_server() {
    close_listener();
  }

  /// Stops the loop and ends the listener with all its sessions.
  void close_listener() {
    on_.stop();
    listener_.reset();
  }

  std::uint16_t port() const noexcept {
    return port_;
  }

  /// Runs `f` on the loop and waits for it.
  void run(std::function<void()> f) {
    on_.run(std::move(f));
  }

  /// The `n`th handler's socket. Only inside `run`.
  net::websocket* socket(std::size_t n = 0) {
    auto handler = service.handlers.begin();
    std::advance(handler, n);
    return handler->socket();
  }

  /// Waits until the listener has `n` sessions left.
  bool wait_for_sessions(std::size_t n) {
    return eventually([&] { return listener_->sessions() == n; });
  }

  /// Looks again and again, in turns of the loop, until it holds or the deadline passes.
  bool eventually(const std::function<bool()>& holds) {
    return on_.eventually(holds);
  }

  net::listener& listener() noexcept {
    return *listener_;
  }

  fake_service service;
  net::socket_stats stats;

private:
  running_loop on_;
  std::unique_ptr<net::listener> listener_;
  std::uint16_t port_ = 0;
};

}  // namespace grapevine::test
