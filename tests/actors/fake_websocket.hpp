#pragma once

#include "net/service.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace grapevine::actors {

/// Remembers what was sent and asked of it; sends nothing anywhere.
class fake_websocket final : public net::websocket {
public:
  void send(net::frame frame) override {
    frames.emplace_back(frame.data(), frame.size());
  }
  void send_text(std::string_view json) override {
    texts.emplace_back(json);
  }
  void send_ping() override {
    ++pings;
  }
  void close(std::uint16_t code, std::string_view) override {
    close_code = code;
  }
  void pause() override {
    paused = true;
  }
  void resume() override {
    paused = false;
  }

  std::vector<std::string> frames;
  std::vector<std::string> texts;
  int pings = 0;
  std::uint16_t close_code = 0;
  bool paused = false;
};

}  // namespace grapevine::actors
