#pragma once

#include "net/service.hpp"
#include "protocol/admission.hpp"

namespace grapevine::actors {

/// A client that was upgraded only to be told why it may not stay: a browser cannot read the body
/// of a refused upgrade (protocol.md 1.1). Sends `pusher:error`, closes with the same code, and
/// deletes itself when the socket is closed.
class refused_connection final : public net::websocket_handler {
public:
  static net::websocket_handler* make(protocol::refusal why) {
    return new refused_connection{std::move(why)};
  }

  void on_open(net::websocket& socket) override;
  void on_text(std::string_view) override {}
  void on_activity() override {}
  void on_closed() noexcept override {
    delete this;
  }

private:
  explicit refused_connection(protocol::refusal why) : why_{std::move(why)} {}
  protocol::refusal why_;
};

}  // namespace grapevine::actors
