#pragma once

#include <cstddef>
#include <string_view>

namespace grapevine::net {

/// Finds the end of an HTTP header in bytes that arrive bit by bit, and refuses what parsers read
/// differently from each other: bare line feeds and folded lines (RFC 9112, sections 2.2 and 5.2).
class header_lines {
public:
  enum class outcome { incomplete, complete, malformed };

  /// Looks at `bytes`, which must begin with what earlier calls were given. Every byte is looked at
  /// once.
  outcome scan(std::string_view bytes) noexcept;
  /// Length of the header with its empty line, once `scan` said complete.
  std::size_t size() const noexcept {
    return line_start_;
  }

private:
  std::size_t scanned_ = 0;
  std::size_t line_start_ = 0;
};

}  // namespace grapevine::net
