#pragma once

#include <string_view>

/// Values of HTTP headers that are lists (RFC 9110, section 5.6.1).
namespace grapevine::net {

/// Without spaces and tabs at both ends.
constexpr std::string_view trim(std::string_view s) noexcept {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t'))
    s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t'))
    s.remove_suffix(1);
  return s;
}

/// Cuts the part before the first comma off a list, trimmed.
constexpr std::string_view next_list_item(std::string_view& list) noexcept {
  const auto comma = list.find(',');
  const auto item = trim(list.substr(0, comma));
  list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
  return item;
}

}  // namespace grapevine::net
