#include "cluster/wire/wire.hpp"

namespace grapevine::cluster {

void wire_writer::u8(std::uint8_t value) {
  out_.push_back(static_cast<char>(value));
}

void wire_writer::u64(std::uint64_t value) {
  for (int shift = 0; shift < 64; shift += 8)
    u8(static_cast<std::uint8_t>(value >> shift));
}

void wire_writer::leb128(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7)
    u8(static_cast<std::uint8_t>(value | 0x80));
  u8(static_cast<std::uint8_t>(value));
}

void wire_writer::text(std::string_view value) {
  leb128(value.size());
  out_.append(value);
}

void wire_reader::fail() noexcept {
  ok_ = false;
  bytes_ = {};
}

std::string_view wire_reader::take(std::uint64_t size) {
  if (size > bytes_.size()) {
    fail();
    return {};
  }
  const auto taken = bytes_.substr(0, static_cast<std::size_t>(size));
  bytes_.remove_prefix(taken.size());
  return taken;
}

void wire_reader::literal(std::string_view expected) {
  if (take(expected.size()) != expected)
    fail();
}

void wire_reader::u8(std::uint8_t& value) {
  if (const auto from = take(1); !from.empty())
    value = static_cast<std::uint8_t>(from[0]);
}

void wire_reader::u64(std::uint64_t& value) {
  const auto from = take(8);
  if (from.empty())
    return;
  value = 0;
  for (std::size_t i = 0; i < 8; ++i)
    value |= std::uint64_t{static_cast<std::uint8_t>(from[i])} << (8 * i);
}

std::uint64_t wire_reader::leb128() {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    std::uint8_t byte = 0;
    u8(byte);
    if (!ok_)
      return 0;
    const bool last = (byte & 0x80) == 0;
    const bool overlong = last && byte == 0 && shift > 0;
    const bool overflow = shift == 63 && byte > 1;
    if (overlong || overflow) {
      fail();
      return 0;
    }
    value |= std::uint64_t{byte & 0x7fu} << shift;
    if (last)
      return value;
  }
  fail();
  return 0;
}

void wire_reader::flag(bool& value) {
  std::uint8_t byte = 0;
  u8(byte);
  if (byte > 1)
    fail();
  value = byte == 1;
}

void wire_reader::bits(std::uint8_t& value, std::uint8_t known) {
  u8(value);
  if ((value & ~known) != 0)
    fail();
}

void wire_reader::text(std::string& value) {
  std::string_view view;
  text(view);
  value.assign(view);
}

void wire_reader::text(std::string_view& value) {
  value = take(leb128());
}

}  // namespace grapevine::cluster
