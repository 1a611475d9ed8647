#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace grapevine::cluster {

/// Appends the primitives of a frame's body to a string: little-endian fixed integers, LEB128,
/// counted strings and lists. Writer and reader have the same member names, so one `fields(archive,
/// frame)` describes both directions.
class wire_writer {
public:
  explicit wire_writer(std::string& out) noexcept : out_{out} {}

  void u8(std::uint8_t value);
  void u64(std::uint64_t value);
  template <class Unsigned>
  void varint(Unsigned value) {
    leb128(value);
  }
  void flag(bool value) {
    u8(value ? 1 : 0);
  }
  template <class Enum>
  void choice(Enum value, Enum /*last*/) {
    u8(static_cast<std::uint8_t>(value));
  }
  void bits(std::uint8_t value, std::uint8_t /*known*/) {
    u8(value);
  }
  void text(std::string_view value);
  void literal(std::string_view value) {
    out_.append(value);
  }
  template <std::size_t N>
  void raw(const std::array<std::uint8_t, N>& value) {
    out_.append(value.begin(), value.end());
  }
  template <class T, class Each>
  void list(const std::vector<T>& items, std::size_t /*item_bytes_min*/, Each each) {
    leb128(items.size());
    for (const auto& item : items)
      each(*this, item);
  }

private:
  void leb128(std::uint64_t value);

  std::string& out_;
};

/// Reads what `wire_writer` wrote, from bytes nobody has checked. The first fault is kept and makes
/// every later read a no-op, so a decoder asks once, at the end. Nothing is allocated before a
/// count was checked against the bytes left.
class wire_reader {
public:
  explicit wire_reader(std::string_view bytes) noexcept : bytes_{bytes} {}

  void u8(std::uint8_t& value);
  void u64(std::uint64_t& value);
  /// LEB128 in its shortest form; a value that does not fit the type is a fault.
  template <class Unsigned>
  void varint(Unsigned& value) {
    const auto wide = leb128();
    value = static_cast<Unsigned>(wide);
    if (value != wide)
      fail();
  }
  void flag(bool& value);  ///< 0 or 1, nothing else
  /// An enumerator from 0 to `last`.
  template <class Enum>
  void choice(Enum& value, Enum last) {
    std::uint8_t number = 0;
    u8(number);
    if (number > static_cast<std::uint8_t>(last))
      fail();
    else
      value = static_cast<Enum>(number);
  }
  /// Flags of which only those in `known` may be set.
  void bits(std::uint8_t& value, std::uint8_t known);
  void text(std::string& value);
  void text(std::string_view& value);  ///< a view of the input
  void literal(std::string_view expected);
  template <std::size_t N>
  void raw(std::array<std::uint8_t, N>& value) {
    const auto from = take(N);
    for (std::size_t i = 0; i < from.size(); ++i)
      value[i] = static_cast<std::uint8_t>(from[i]);
  }
  /// A list whose items are at least `item_bytes_min` (>= 1) long.
  template <class T, class Each>
  void list(std::vector<T>& items, std::size_t item_bytes_min, Each each) {
    const auto count = leb128();
    if (!ok_ || count > bytes_.size() / item_bytes_min)
      return fail();
    items.reserve(static_cast<std::size_t>(count));
    for (std::uint64_t i = 0; i < count && ok_; ++i)
      each(*this, items.emplace_back());
  }

  void fail() noexcept;
  /// True when everything was well formed and no byte is left.
  bool done() const noexcept {
    return ok_ && bytes_.empty();
  }

private:
  std::uint64_t leb128();
  std::string_view take(std::uint64_t size);

  std::string_view bytes_;
  bool ok_ = true;
};

}  // namespace grapevine::cluster
