#include "protocol/websocket_frame.hpp"

#include <algorithm>
#include <cstring>

namespace grapevine::protocol {

namespace {

constexpr std::uint8_t fin_bit = 0x80;
constexpr std::uint8_t mask_bit = 0x80;
constexpr std::size_t header_bytes_max = 14;

void append_big_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(value >> shift & 0xFF));
}

/// Starts a frame: everything before the masking key, with room for the payload.
std::string begin_frame(opcode op, std::size_t payload_size, std::uint8_t masked) {
  std::string out;
  out.reserve(header_bytes_max + payload_size);
  out.push_back(static_cast<char>(fin_bit | static_cast<std::uint8_t>(op)));
  if (payload_size < 126) {
    out.push_back(static_cast<char>(masked | payload_size));
  } else if (payload_size <= 0xFFFF) {
    out.push_back(static_cast<char>(masked | 126));
    append_big_endian(out, payload_size, 2);
  } else {
    out.push_back(static_cast<char>(masked | 127));
    append_big_endian(out, payload_size, 8);
  }
  return out;
}

bool is_continuation_byte(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

}  // namespace

void apply_mask(std::span<char> bytes, masking_key& key) noexcept {
  std::uint64_t wide;
  std::memcpy(&wide, key.data(), 4);
  std::memcpy(reinterpret_cast<char*>(&wide) + 4, key.data(), 4);
  char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, 8);
    word ^= wide;
    std::memcpy(at, &word, 8);
  }
  for (std::size_t i = 0; i < left; ++i)
    at[i] = static_cast<char>(static_cast<std::uint8_t>(at[i]) ^ key[i % 4]);
  std::rotate(key.begin(), key.begin() + static_cast<std::ptrdiff_t>(left % 4), key.end());
}

std::string encode_frame(opcode op, std::string_view payload) {
  auto out = begin_frame(op, payload.size(), 0);
  out += payload;
  return out;
}

std::string encode_close(std::uint16_t code, std::string_view reason) {
  auto size = std::min(reason.size(), control_payload_max - sizeof code);
  while (size > 0 && size < reason.size() && is_continuation_byte(reason[size]))
    --size;
  auto out = begin_frame(opcode::close, sizeof code + size, 0);
  append_big_endian(out, code, sizeof code);
  out += reason.substr(0, size);
  return out;
}

std::string encode_masked_frame(opcode op, std::string_view payload, std::uint32_t mask) {
  auto out = begin_frame(op, payload.size(), mask_bit);
  append_big_endian(out, mask, 4);
  const auto start = out.size();
  out += payload;
  masking_key key;
  std::memcpy(key.data(), out.data() + start - key.size(), key.size());
  apply_mask(std::span{out}.subspan(start), key);
  return out;
}

bool is_valid_close_code(std::uint16_t code) noexcept {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014)
         || (code >= 3000 && code <= 4999);
}

}  // namespace grapevine::protocol
