#include "net/header_lines.hpp"

namespace grapevine::net {

header_lines::outcome header_lines::scan(std::string_view bytes) noexcept {
  for (;;) {
    const bool folded = line_start_ > 0 && line_start_ < bytes.size()
                        && (bytes[line_start_] == ' ' || bytes[line_start_] == '\t');
    if (folded)
      return outcome::malformed;
    const auto feed = bytes.find('\n', scanned_);
    if (feed == std::string_view::npos) {
      scanned_ = bytes.size();
      return outcome::incomplete;
    }
    if (feed == line_start_ || bytes[feed - 1] != '\r')
      return outcome::malformed;
    const bool empty_line = feed - 1 == line_start_;
    scanned_ = line_start_ = feed + 1;
    if (empty_line)
      return outcome::complete;
  }
}

}  // namespace grapevine::net
