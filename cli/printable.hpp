#pragma once

#include <string>
#include <string_view>

namespace grapevine::cli {

/// `text` fit for a terminal's line: control characters, escape sequences among them, become '?'.
/// Used for whatever a server sent. At most `size_max` bytes; the rest is cut.
std::string printable(std::string_view text, std::size_t size_max = 500);

}  // namespace grapevine::cli
