#include "base/percent.hpp"

#include "base/ascii.hpp"

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

namespace grapevine::base {

namespace {

/// What a hexadecimal digit is worth.
constexpr int digit_value(char c) noexcept {
  return is_ascii_digit(c) ? c - '0' : ascii_lower(c) - 'a' + 10;
}

/// Whether "%XX" begins at `at`.
bool is_escape(std::string_view text, std::size_t at) noexcept {
  return text[at] == '%' && text.size() - at >= 3 && is_ascii_hex(text[at + 1])
         && is_ascii_hex(text[at + 2]);
}

/// What `text` stands for, and whether every '%' in it began an escape.
std::pair<std::string, bool> decoded(std::string_view text) {
  std::pair<std::string, bool> result{{}, true};
  auto& [bytes, whole] = result;
  bytes.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_escape(text, i)) {
      bytes += static_cast<char>(digit_value(text[i + 1]) << 4 | digit_value(text[i + 2]));
      i += 2;
    } else {
      whole = whole && text[i] != '%';
      bytes += text[i];
    }
  }
  return result;
}

}  // namespace

std::string percent_encode(std::string_view text) {
  return boost::urls::encode(text, boost::urls::unreserved_chars);
}

std::optional<std::string> percent_decode(std::string_view text) {
  auto [bytes, whole] = decoded(text);
  if (!whole)
    return std::nullopt;
  return std::move(bytes);
}

std::string percent_decode_leniently(std::string_view text) {
  return decoded(text).first;
}

}  // namespace grapevine::base
