#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace grapevine::protocol {

/// Checks UTF-8 that arrives in pieces (RFC 3629): no overlong forms, no surrogates, nothing above
/// U+10FFFF. A byte that cannot belong to any character fails at once, wherever the pieces are cut.
class utf8_validator {
public:
  /// Reads on; false at the first wrong byte and for every call after it.
  bool feed(std::string_view bytes) noexcept;
  /// True when what was read so far is valid and does not end inside a character.
  bool complete() const noexcept {
    return state_ == 0;
  }

private:
  std::uint8_t state_ = 0;  // 0: between two characters; the others are named in the source
};

bool is_valid_utf8(std::string_view text) noexcept;

/// How many characters valid UTF-8 has; limits are in characters where clients count them so.
std::size_t count_characters(std::string_view text) noexcept;

/// The start of valid UTF-8, of at most `bytes_max` bytes and without half a character at its end.
std::string_view cut_utf8(std::string_view text, std::size_t bytes_max) noexcept;

}  // namespace grapevine::protocol
