#pragma once

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

}  // namespace grapevine::protocol
