#pragma once

#include "protocol/utf8.hpp"
#include "protocol/websocket_frame.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace grapevine::protocol {

/// Who receives what a `websocket_decoder` finds. Views live only during the call. A function that
/// returns false stops the decoder for good: the rest of the bytes is not looked at.
class websocket_sink {
public:
  virtual ~websocket_sink() = default;
  virtual bool on_text(std::string_view message) = 0;
  virtual bool on_binary(std::string_view message) = 0;
  virtual bool on_ping(std::string_view payload) = 0;
  virtual bool on_pong(std::string_view payload) = 0;
  /// `code` is absent for an empty Close. Always the last call: nothing follows a Close (section
  /// 5.5.1), so the decoder stops whatever this returns.
  virtual bool on_close(std::optional<std::uint16_t> code, std::string_view reason) = 0;
};

/// Reads the frames of one peer (RFC 6455, section 5): unmasking, fragmentation with control frames
/// between, UTF-8 checked as it comes (a bad byte fails at once, not at the end of the message),
/// limits before anything is allocated. How the bytes are cut into calls changes nothing.
///
/// Reads from a buffer that the shard shares: a frame that lies whole in it is handed out without a
/// copy, and only the unfinished rest of a message is kept. A decoder between two messages owns no
/// heap memory.
class websocket_decoder {
public:
  /// Which side's frames are read: a server demands masks, a client refuses them.
  enum class role : std::uint8_t { server, client };

  explicit websocket_decoder(std::size_t message_max, role r = role::server) noexcept;

  /// Feeds bytes, which are unmasked in place. Returns the close code that the peer has earned
  /// (1002 protocol error, 1007 bad UTF-8, 1009 message over the limit), or 0 when all is well.
  /// After a non-zero result the decoder is done, and further calls return the same code.
  std::uint16_t feed(std::span<char> bytes, websocket_sink& sink);

private:
  opcode frame_opcode() const noexcept;
  bool frame_final() const noexcept;
  std::size_t length_end() const noexcept;
  std::size_t header_end() const noexcept;

  std::span<char> read_header(std::span<char> bytes, websocket_sink& sink);
  void check_header() noexcept;
  void check_first_byte() noexcept;
  void check_second_byte() noexcept;
  void check_length() noexcept;
  void begin_payload() noexcept;

  std::span<char> read_payload(std::span<char> bytes, websocket_sink& sink);
  void read_data(std::string_view piece, websocket_sink& sink);
  void read_control(std::string_view piece, websocket_sink& sink);
  void finish_message(std::string_view message, websocket_sink& sink);
  void finish_control(std::string_view payload, websocket_sink& sink);
  void finish_close(std::string_view payload, websocket_sink& sink);

  void keep(std::string_view piece);
  void fail(std::uint16_t code) noexcept;
  void stop() noexcept;
  void release() noexcept;

  std::size_t message_max_;
  std::uint64_t payload_left_ = 0;  // of the current frame, not yet seen
  // The open message so far and, behind it, the part of a control frame that came in between.
  std::vector<char> kept_;
  std::array<std::uint8_t, 14> header_{};  // of the current frame, valid until the frame ends
  std::uint8_t header_size_ = 0;
  role role_;
  masking_key mask_{};
  opcode message_ = opcode::continuation;  // of the open message; continuation when none is open
  utf8_validator utf8_;
  std::uint16_t failure_ = 0;
  bool in_payload_ = false;
  bool done_ = false;
};

}  // namespace grapevine::protocol
