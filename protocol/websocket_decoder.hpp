#pragma once

#include "protocol/websocket_frame.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace grapevine::protocol {

/// Who receives what a `websocket_decoder` finds. Views live only during the call. A function that returns false stops
/// the decoder: the rest of the bytes is not looked at.
class websocket_sink {
public:
  virtual ~websocket_sink() = default;
  virtual bool on_text(std::string_view message) = 0;
  virtual bool on_binary(std::string_view message) = 0;
  virtual bool on_ping(std::string_view payload) = 0;
  virtual bool on_pong(std::string_view payload) = 0;
  /// `code` is absent for an empty Close.
  virtual bool on_close(std::optional<std::uint16_t> code, std::string_view reason) = 0;
};

/// Reads the frames of one peer (RFC 6455, section 5): unmasking, fragmentation with control frames between, UTF-8 checked
/// as it comes (a bad byte fails at once, not at the end of the message), limits before anything is allocated.
///
/// Reads from a buffer that the shard shares: a frame that lies whole in it is handed out without a copy, and only the
/// unfinished rest of a message is kept. A decoder between two messages owns no heap memory.
class websocket_decoder {
public:
  /// Which side's frames are read: a server demands masks, a client refuses them.
  enum class role : std::uint8_t { server, client };

  explicit websocket_decoder(std::size_t message_max, role r = role::server) noexcept;

  /// Feeds bytes, which are unmasked in place. Returns the close code that the peer has earned (1002 protocol error, 1007
  /// bad UTF-8, 1009 message over the limit), or 0 when all is well. After a non-zero result the decoder is done.
  std::uint16_t feed(std::span<char> bytes, websocket_sink& sink);

private:
  // … the implementer's
};

}  // namespace grapevine::protocol
