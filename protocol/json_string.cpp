#include "protocol/json_string.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace grapevine::protocol {

namespace {

/// What follows the backslash; 0 for a byte that is not escaped, 'u' for one without a short form.
constexpr std::array<char, 256> make_escapes() {
  std::array<char, 256> escapes{};
  for (std::size_t control = 0; control < 0x20; ++control)
    escapes[control] = 'u';
  escapes['\b'] = 'b';
  escapes['\t'] = 't';
  escapes['\n'] = 'n';
  escapes['\f'] = 'f';
  escapes['\r'] = 'r';
  escapes['"'] = '"';
  escapes['\\'] = '\\';
  return escapes;
}

constexpr auto escapes = make_escapes();

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  out += '"';
  std::size_t plain_from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<std::uint8_t>(text[i]);
    const char escape = escapes[byte];
    if (escape == 0)
      continue;
    out += text.substr(plain_from, i - plain_from);
    plain_from = i + 1;
    out += '\\';
    out += escape;
    if (escape == 'u') {
      out += "00";
      out += hex[byte >> 4];
      out += hex[byte & 0x0F];
    }
  }
  out += text.substr(plain_from);
  out += '"';
}

}  // namespace grapevine::protocol
