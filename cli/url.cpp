#include "cli/url.hpp"

#include <algorithm>
#include <charconv>

namespace grapevine::cli {

namespace {

bool starts_with_ignoring_case(std::string_view text, std::string_view lower) {
  if (text.size() < lower.size())
    return false;
  return std::equal(lower.begin(), lower.end(), text.begin(), [](char expected, char actual) {
    return expected == (actual >= 'A' && actual <= 'Z' ? static_cast<char>(actual + 32) : actual);
  });
}

bool takes_part_in_url(char c) {
  return c > ' ' && c < '\x7f'
         && std::string_view{"?#@\\\"<>^`{|}"}.find(c) == std::string_view::npos;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0)
    return std::nullopt;
  return port;
}

/// Splits "host", "host:port", "[v6]" or "[v6]:port"; false when it is none of them.
bool split_authority(std::string_view text, std::string_view& host, std::string_view& port) {
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos)
      return false;
    host = text.substr(1, end - 1);
    port = text.substr(end + 1);
  } else {
    host = text.substr(0, text.find(':'));
    port = text.substr(host.size());
  }
  if (host.empty() || host.find_first_of("[]/") != std::string_view::npos)
    return false;
  if (port.empty())
    return true;
  const bool named = port.front() == ':' && port.size() > 1;
  port.remove_prefix(1);
  return named;
}

}  // namespace

std::optional<url> parse_url(std::string_view text, std::string_view scheme) {
  if (!std::all_of(text.begin(), text.end(), takes_part_in_url)
      || !starts_with_ignoring_case(text, scheme))
    return std::nullopt;
  url result;
  text.remove_prefix(scheme.size());
  if (starts_with_ignoring_case(text, "s")) {
    result.tls = true;
    text.remove_prefix(1);
  }
  if (!text.starts_with("://"))
    return std::nullopt;
  text.remove_prefix(3);

  std::string_view prefix = text.substr(std::min(text.find('/'), text.size()));
  std::string_view host;
  std::string_view port;
  if (!split_authority(text.substr(0, text.size() - prefix.size()), host, port))
    return std::nullopt;
  result.host = host;
  result.port = result.tls ? 443 : 80;
  if (!port.empty()) {
    const auto number = parse_port(port);
    if (!number)
      return std::nullopt;
    result.port = *number;
  }
  while (prefix.ends_with('/'))
    prefix.remove_suffix(1);
  result.prefix = prefix;
  return result;
}

std::string authority(const url& where) {
  const bool literal_v6 = where.host.find(':') != std::string::npos;
  return (literal_v6 ? "[" + where.host + "]" : where.host) + ":" + std::to_string(where.port);
}

}  // namespace grapevine::cli
