#pragma once

#include <string_view>

/// Letters and digits of protocols, whatever the process's locale.
namespace grapevine::base {

constexpr char ascii_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr bool is_ascii_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

constexpr bool is_ascii_alnum(char c) noexcept {
  const char lower = ascii_lower(c);
  return is_ascii_digit(c) || (lower >= 'a' && lower <= 'z');
}

constexpr bool is_ascii_hex(char c) noexcept {
  const char lower = ascii_lower(c);
  return is_ascii_digit(c) || (lower >= 'a' && lower <= 'f');
}

/// Whether `c` stands for itself anywhere in a URL (RFC 3986, section 2.3).
constexpr bool is_unreserved(char c) noexcept {
  return is_ascii_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size())
    return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (ascii_lower(a[i]) != ascii_lower(b[i]))
      return false;
  return true;
}

}  // namespace grapevine::base
