#include "drivers/redis_url.hpp"

#include "base/endpoint.hpp"
#include "base/percent.hpp"

#include <charconv>
#include <string_view>
#include <utility>

namespace grapevine::drivers {

namespace {

bool read_credentials(std::string_view text, redis_location& out) {
  auto colon = text.find(':');
  auto username = base::percent_decode(text.substr(0, colon));
  auto password =
      base::percent_decode(colon == std::string_view::npos ? "" : text.substr(colon + 1));
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
    result += base::percent_encode(location.username);
  if (!location.password.empty())
    result += ":" + base::percent_encode(location.password);
  if (!location.username.empty() || !location.password.empty())
    result += "@";
  return result + base::to_string(base::endpoint{location.host, location.port}) + "/"
         + std::to_string(location.database);
}

}  // namespace grapevine::drivers
