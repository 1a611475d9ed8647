#pragma once

#include "../net/scripted_http_server.hpp"
#include "other_side.hpp"

#include <nlohmann/json.hpp>

#include <atomic>
#include <string>

namespace grapevine::test {

/// A server that behaves like Pusher's or Ably's.
class http_api final : public other_side, public scripted_http_server {
public:
  void describe(config::settings& settings) const override {
    settings.pusher = {.app_id = "7", .key = "key", .secret = "secret"};
    settings.pusher.host = "127.0.0.1";
    settings.pusher.port = port;
    settings.pusher.scheme = "http";
    settings.ably = {.key = "app.key:secret"};
    settings.ably.host = "127.0.0.1";
    settings.ably.port = port;
    settings.ably.scheme = "http";
  }
  void go_away() override {
    close();
  }
  void come_back() override {
    reopen();
  }
  std::size_t accepted() override {
    return accepted_;
  }

private:
  void at_request(const std::string& request) override {
    const auto body = nlohmann::json::parse(request.substr(request.find("\r\n\r\n") + 4));
    accepted_ += body.contains("channels") ? body["channels"].size() : 1;
  }

  std::atomic<std::size_t> accepted_{0};
};

}  // namespace grapevine::test
