#include "config/address.hpp"

#include <boost/url/ipv4_address.hpp>
#include <boost/url/ipv6_address.hpp>

#include <charconv>
#include <string_view>

namespace grapevine::config {

namespace {

bool is_prefix_length(std::string_view text, unsigned bits_max) {
  unsigned bits = 0;
  const auto* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, bits);
  return error == std::errc{} && end == last && bits <= bits_max;
}

}  // namespace

bool collide(const base::endpoint& left, const base::endpoint& right) {
  return left.port != 0 && left.port == right.port
         && (left.host == right.host || base::is_any(left.host) || base::is_any(right.host));
}

bool is_network(const std::string& text) {
  const auto slash = text.find('/');
  const auto address = std::string_view{text}.substr(0, slash);
  const bool is_v4 = boost::urls::parse_ipv4_address(address).has_value();
  if (!is_v4 && !boost::urls::parse_ipv6_address(address))
    return false;
  return slash == std::string::npos
         || is_prefix_length(std::string_view{text}.substr(slash + 1), is_v4 ? 32 : 128);
}

}  // namespace grapevine::config
