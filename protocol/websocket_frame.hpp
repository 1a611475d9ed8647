#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace grapevine::protocol {

/// RFC 6455, section 5.2.
enum class opcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10
};

/// What a control frame (close, ping, pong) may carry (RFC 6455, section 5.5).
inline constexpr std::size_t control_payload_max = 125;

/// The masking key in the order it travels.
using masking_key = std::array<std::uint8_t, 4>;

/// Masks or unmasks `bytes` in place and turns `key`, so that the next call goes on where this
/// ended.
void apply_mask(std::span<char> bytes, masking_key& key) noexcept;

/// One unfragmented, unmasked frame, as a server sends it. A control frame's payload is at most
/// `control_payload_max` bytes: the caller's duty.
std::string encode_frame(opcode, std::string_view payload);
/// A Close frame. `reason` is cut at a character boundary so that the frame's payload fits 125
/// bytes.
std::string encode_close(std::uint16_t code, std::string_view reason);
/// One masked frame, as a client must send it (used by `grapevine listen`, the tests and the load
/// generator). `mask` travels most significant byte first.
std::string encode_masked_frame(opcode, std::string_view payload, std::uint32_t mask);

/// Codes that may travel in a Close frame: 1000-1003, 1007-1014, 3000-4999 (RFC 6455, section 7.4,
/// and the IANA registry).
bool is_valid_close_code(std::uint16_t code) noexcept;

}  // namespace grapevine::protocol
