#include "net/websocket_connection.hpp"

#include <optional>
#include <string>
#include <utility>

namespace grapevine::net {

using protocol::encode_close;
using protocol::encode_frame;
using protocol::opcode;

/// What the decoder finds in one read. False stops the decoder: the connection has ended, be it
/// from inside the call.
class websocket_connection::reader final : public protocol::websocket_sink {
public:
  reader(websocket_connection& c, websocket_output& out) noexcept : connection_{c}, out_{out} {}

  bool on_text(std::string_view message) override {
    if (connection_.is_open()) {
      heard_ = true;
      out_.on_message(message);
    }
    return goes_on();
  }

  bool on_binary(std::string_view) override {
    if (connection_.is_open())
      end_with(encode_close(1003, "text messages only"));
    return goes_on();
  }

  bool on_ping(std::string_view payload) override {
    if (connection_.is_open()) {
      frame pong{encode_frame(opcode::pong, payload)};
      if (out_.is_slow())
        connection_.late_pong_ = std::move(pong);
      else
        out_.queue(std::move(pong));
    }
    return goes_on();
  }

  bool on_pong(std::string_view) override {
    return goes_on();
  }

  bool on_close(std::optional<std::uint16_t> code, std::string_view) override {
    end_with(code ? encode_close(*code, {}) : encode_frame(opcode::close, {}));
    return false;
  }

  void end_with(std::string close) {
    // In `closing` ours is on its way already.
    if (connection_.is_open())
      out_.queue(frame{std::move(close)});
    connection_.end();
    ended_ = true;
  }

  bool goes_on() const noexcept {
    return connection_.state_ != state::ended;
  }

  bool has_ended() const noexcept {
    return ended_;
  }

  bool has_heard() const noexcept {
    return heard_;
  }

private:
  websocket_connection& connection_;
  websocket_output& out_;
  bool heard_ = false;
  bool ended_ = false;  ///< by the client
};

websocket_connection::outcome websocket_connection::on_bytes(std::span<char> bytes,
                                                             websocket_output& out) {
  if (state_ == state::ended)
    return outcome::nothing;
  reader found{*this, out};
  const auto fault = decoder_.feed(bytes, found);
  if (fault != 0 && found.goes_on()) {
    found.end_with(encode_close(fault, {}));
    return outcome::at_fault;
  }
  if (found.has_ended())
    return outcome::ended;
  if (found.has_heard())
    return outcome::message;
  return is_open() ? outcome::activity : outcome::nothing;
}

void websocket_connection::on_sent(websocket_output& out) {
  if (late_pong_ && is_open() && !out.is_slow())
    out.queue(std::exchange(late_pong_, {}));
}

bool websocket_connection::close(std::uint16_t code, std::string_view reason,
                                 websocket_output& out) {
  if (!is_open())
    return false;
  state_ = state::closing;
  paused_ = false;
  late_pong_ = {};
  out.queue(frame{encode_close(code, reason)});
  return true;
}

void websocket_connection::fail(std::uint16_t code, std::string_view reason,
                                websocket_output& out) {
  if (is_open())
    out.queue(frame{encode_close(code, reason)});
  end();
}

void websocket_connection::end() noexcept {
  state_ = state::ended;
  late_pong_ = {};
}

void websocket_connection::pause() noexcept {
  paused_ = is_open();
}

void websocket_connection::resume() noexcept {
  paused_ = false;
}

}  // namespace grapevine::net
