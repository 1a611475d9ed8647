#pragma once

#include "cli/url.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace grapevine::cli {

/// What a connection goes through: first `websocket_opened`, then texts; or nothing of that. The
/// last event is `websocket_refused` or `websocket_closed`.
struct websocket_opened {};
struct websocket_text {
  std::string text;
};
/// The server answered the upgrade with an ordinary HTTP status.
struct websocket_refused {
  unsigned status = 0;
};
struct websocket_closed {
  std::optional<std::uint16_t> code;  ///< the Close frame's; absent when none came
  std::string reason;                 ///< the Close frame's, or what went wrong
};
using websocket_event =
    std::variant<websocket_opened, websocket_text, websocket_refused, websocket_closed>;

/// One WebSocket connection of a client: connects at once, answers pings, and hands every event to
/// its owner from the loop. All calls belong on the loop's thread. Messages above 4 MiB end the
/// connection.
class websocket_client {
public:
  using handler = std::function<void(const websocket_event&)>;

  /// `target` is path and query behind the URL's prefix.
  websocket_client(boost::asio::io_context& loop, const url& server, const std::string& target,
                   handler on_event);
  /// Drops the connection without a closing handshake; no event follows. May be called from the
  /// handler.
  ~websocket_client();
  websocket_client(const websocket_client&) = delete;
  websocket_client& operator=(const websocket_client&) = delete;

  /// Sends one text message after those before it. What is sent while not open is lost.
  void send(std::string text);
  /// Starts the closing handshake; `websocket_closed` follows within ten seconds.
  void close(std::uint16_t code);

  class connection;

private:
  std::shared_ptr<connection> connection_;
};

}  // namespace grapevine::cli
