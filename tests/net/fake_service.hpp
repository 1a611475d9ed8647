#pragma once

#include "event_log.hpp"
#include "net/service.hpp"

#include <functional>
#include <list>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace grapevine::test {

/// Records what its WebSocket does and obeys a test. Everything but the log lives on the loop.
class fake_handler final : public net::websocket_handler {
public:
  explicit fake_handler(event_log& log) : log_{log} {}

  /// What to do with a message; by default it is sent back.
  std::function<void(net::websocket&, std::string_view)> on_message =
      [](net::websocket& ws, std::string_view text) { ws.send_text(text); };
  std::function<void(net::websocket&)> at_open = [](net::websocket&) {};

  /// Null once it is closed.
  net::websocket* socket() const noexcept {
    return socket_;
  }

private:
  void on_open(net::websocket& ws) override {
    socket_ = &ws;
    log_.add("open");
    at_open(ws);
  }
  void on_text(std::string_view message) override {
    log_.add("text " + std::string{message.substr(0, 40)});
    on_message(*socket_, message);
  }
  void on_activity() override {
    log_.add("activity");
  }
  void on_closed() noexcept override {
    // To send now must be harmless.
    socket_->send_text("too late");
    socket_ = nullptr;
    log_.add("closed");
  }

  event_log& log_;
  net::websocket* socket_ = nullptr;
};

/// Answers requests with what it was asked and takes every upgrade.
class fake_service final : public net::service {
public:
  event_log log;
  /// What each new handler gets to do.
  std::function<void(fake_handler&)> prepare = [](fake_handler&) {};
  /// Requests to /later wait here.
  std::list<std::unique_ptr<net::responder>> waiting;
  std::list<fake_handler> handlers;

  void handle(net::http_request request, std::unique_ptr<net::responder> answer) override {
    log.add(request.method + " " + request.path);
    if (request.path == "/throw")
      throw std::runtime_error{"failed on purpose"};
    if (request.path == "/keep-and-throw") {
      waiting.push_back(std::move(answer));
      throw std::runtime_error{"failed on purpose"};
    }
    if (request.path == "/drop")
      return;
    if (request.path == "/later") {
      waiting.push_back(std::move(answer));
      return;
    }
    net::http_response response;
    response.content_type = "text/plain";
    if (request.path == "/large")
      response.body.assign(std::stoul(request.query), 'x');
    else if (request.path == "/address")
      response.body = request.remote_address + (request.secure ? " secure" : "");
    else
      response.body =
          request.method + " " + request.path + " " + request.query + " " + request.body;
    answer->answer(std::move(response));
  }

  net::upgrade_decision upgrade(const net::http_request& request) override {
    log.add("upgrade " + request.path);
    if (request.path == "/throw")
      throw std::runtime_error{"failed on purpose"};
    if (request.path == "/none")
      return net::http_response{.status = 404, .body = "none", .content_type = "", .headers = {}};
    prepare(handlers.emplace_back(log));
    return &handlers.back();
  }
};

}  // namespace grapevine::test
