#include "base/endpoint.hpp"

#include "base/ascii.hpp"

#include <boost/url/authority_view.hpp>
#include <boost/url/ipv4_address.hpp>
#include <boost/url/ipv6_address.hpp>

#include <algorithm>
#include <charconv>

namespace grapevine::base {

namespace {

namespace urls = boost::urls;

std::optional<std::uint16_t> parse_port(std::string_view digits) {
  std::uint16_t port = 0;
  const auto* last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, port);
  if (error != std::errc{} || end != last)
    return std::nullopt;
  return port;
}

bool is_host_name(std::string_view text) {
  return !text.empty() && text.size() <= 253 && std::ranges::all_of(text, [](char c) {
    return is_ascii_alnum(c) || c == '-' || c == '.' || c == '_';
  });
}

}  // namespace

std::optional<endpoint> parse_endpoint(std::string_view text) {
  // An authority may also hold a user, escapes and addresses of kinds that nobody dials.
  const auto authority = urls::parse_authority(text);
  if (!authority || authority->has_userinfo() || !authority->has_port())
    return std::nullopt;
  const auto port = parse_port(authority->port());
  const std::string_view host = authority->encoded_host_address();
  const auto type = authority->host_type();
  if (!port || type == urls::host_type::ipvfuture
      || (type != urls::host_type::ipv6 && !is_host_name(host)))
    return std::nullopt;
  return endpoint{std::string{host}, *port};
}

std::string to_string(const endpoint& where) {
  const bool is_v6 = where.host.find(':') != std::string::npos;
  return (is_v6 ? "[" + where.host + "]" : where.host) + ":" + std::to_string(where.port);
}

bool is_loopback(std::string_view host) {
  if (const auto v4 = urls::parse_ipv4_address(host))
    return v4->is_loopback();
  if (const auto v6 = urls::parse_ipv6_address(host))
    return v6->is_loopback();
  return host == "localhost";
}

bool is_any(std::string_view host) {
  if (const auto v4 = urls::parse_ipv4_address(host))
    return v4->is_unspecified();
  const auto v6 = urls::parse_ipv6_address(host);
  return v6 && v6->is_unspecified();
}

}  // namespace grapevine::base
