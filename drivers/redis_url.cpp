#include "drivers/redis_url.hpp"

#include "base/endpoint.hpp"

#include <cctype>
#include <charconv>
#include <string_view>
#include <utility>

namespace grapevine::drivers {

namespace {

std::optional<std::string> decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    unsigned char byte = 0;
    auto digits = text.substr(i + 1, 2);
    const auto* last = digits.data() + digits.size();
    auto [end, error] = std::from_chars(digits.data(), last, byte, 16);
    if (digits.size() != 2 || error != std::errc{} || end != last)
      return std::nullopt;
    result += static_cast<char>(byte);
    i += 2;
  }
  return result;
}

std::string encoded(const std::string& text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result;
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || c == '-' || c == '_' || c == '.' || c == '~')
      result += c;
    else
      result.append({'%', digits[byte >> 4], digits[byte & 15]});
  }
  return result;
}

bool read_credentials(std::string_view text, redis_location& out) {
  auto colon = text.find(':');
  auto username = decoded(text.substr(0, colon));
  auto password = decoded(colon == std::string_view::npos ? "" : text.substr(colon + 1));
  if (!username || !password)
    return false;
  out.username = std::move(*username);
  out.password = std::move(*password);
  return true;
}

bool read_database(std::string_view text, redis_location& out) {
  if (text.empty())
    return true;
  const auto* last = text.data() + text.size();
  auto [end, error] = std::from_chars(text.data(), last, out.database);
  return error == std::errc{} && end == last;
}

bool read_address(std::string_view text, redis_location& out) {
  auto with_port = std::string{text};
  auto colon = text.rfind(':');
  if (colon == std::string_view::npos || text.ends_with(']'))
    with_port += ":6379";
  auto parsed = base::parse_endpoint(with_port);
  if (!parsed || parsed->port == 0)
    return false;
  out.host = std::move(parsed->host);
  out.port = parsed->port;
  return true;
}

}  // namespace

std::optional<redis_location> parse_redis_url(const std::string& text) {
  redis_location result;
  std::string_view rest = text;
  result.tls = rest.starts_with("rediss://");
  if (!result.tls && !rest.starts_with("redis://"))
    return std::nullopt;
  rest.remove_prefix(result.tls ? 9 : 8);
  if (auto at = rest.rfind('@'); at != std::string_view::npos) {
    if (!read_credentials(rest.substr(0, at), result))
      return std::nullopt;
    rest.remove_prefix(at + 1);
  }
  auto slash = rest.find('/');
  if (slash != std::string_view::npos && !read_database(rest.substr(slash + 1), result))
    return std::nullopt;
  if (!read_address(rest.substr(0, slash), result))
    return std::nullopt;
  return result;
}

bool set_redis_host(std::string_view text, redis_location& into) {
  constexpr std::string_view tls_scheme = "tls://";
  constexpr std::string_view tcp_scheme = "tcp://";
  const bool tls = text.starts_with(tls_scheme);
  if (tls)
    text.remove_prefix(tls_scheme.size());
  else if (text.starts_with(tcp_scheme))
    text.remove_prefix(tcp_scheme.size());
  auto host = std::string{text};
  if (host.find(':') != std::string::npos && !host.starts_with('['))
    host = "[" + host + "]";
  auto parsed = base::parse_endpoint(host + ":0");
  if (!parsed)
    return false;
  into.host = std::move(parsed->host);
  into.tls = into.tls || tls;
  return true;
}

std::string to_string(const redis_location& location) {
  std::string result = location.tls ? "rediss://" : "redis://";
  if (!location.username.empty() || !location.password.empty())
    result += encoded(location.username);
  if (!location.password.empty())
    result += ":" + encoded(location.password);
  if (!location.username.empty() || !location.password.empty())
    result += "@";
  return result + base::to_string(base::endpoint{location.host, location.port}) + "/"
         + std::to_string(location.database);
}

}  // namespace grapevine::drivers
