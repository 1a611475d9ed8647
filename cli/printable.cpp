#include "cli/printable.hpp"

namespace grapevine::cli {

std::string printable(std::string_view text, std::size_t size_max) {
  std::string result{text.substr(0, size_max)};
  for (char& c : result) {
    if (static_cast<unsigned char>(c) < 0x20 || c == '\x7f')
      c = '?';
  }
  return result;
}

}  // namespace grapevine::cli
