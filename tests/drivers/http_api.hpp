#pragma once

#include "../net/scripted_http_server.hpp"
#include "drivers/ably_driver.hpp"
#include "drivers/hook_driver.hpp"
#include "drivers/pusher_driver.hpp"
#include "other_side.hpp"

#include <nlohmann/json.hpp>

#include <atomic>
#include <string>

namespace grapevine::test {

/// A server that behaves like Pusher's or Ably's, or takes what a hook posts.
class http_api final : public other_side, public scripted_http_server {
public:
  void describe(config::section_values& sections) const override {
    sections.edit<drivers::pusher_settings>() = {.app_id = "7",
                                                 .key = "key",
                                                 .secret = "secret",
                                                 .host = "127.0.0.1",
                                                 .port = port,
                                                 .scheme = "http"};
    sections.edit<drivers::ably_settings>() = {
        .key = "app.key:secret", .host = "127.0.0.1", .port = port, .scheme = "http"};
    sections.edit<drivers::hook_settings>() = {.host = "127.0.0.1", .port = port, .scheme = "http"};
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
