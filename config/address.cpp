#include "config/address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cctype>
#include <charconv>

namespace grapevine::config {

namespace {

bool is_literal(int family, const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> address;
  return inet_pton(family, text.c_str(), address.data()) == 1;
}

bool parse_port(const std::string& text, std::uint16_t& port) {
  const auto* last = text.data() + text.size();
  auto [end, error] = std::from_chars(text.data(), last, port);
  return error == std::errc{} && end == last;
}

bool is_host_name(const std::string& text) {
  return !text.empty() && text.size() <= 253 && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_';
  });
}

}  // namespace

bool parse_endpoint(const std::string& text, endpoint& out) {
  auto colon = text.rfind(':');
  if (colon == std::string::npos)
    return false;
  endpoint result;
  result.host = text.substr(0, colon);
  if (!parse_port(text.substr(colon + 1), result.port))
    return false;
  if (result.host.starts_with('[') && result.host.ends_with(']')) {
    result.host = result.host.substr(1, result.host.size() - 2);
    if (!is_literal(AF_INET6, result.host))
      return false;
  } else if (!is_host_name(result.host)) {
    return false;
  }
  out = std::move(result);
  return true;
}

std::string to_string(const endpoint& address) {
  auto port = ":" + std::to_string(address.port);
  if (address.host.find(':') != std::string::npos)
    return "[" + address.host + "]" + port;
  return address.host + port;
}

bool is_loopback(const std::string& host) {
  if (host == "localhost" || host == "::1")
    return true;
  return host.starts_with("127.") && is_literal(AF_INET, host);
}

bool is_any(const std::string& host) {
  return host == "0.0.0.0" || host == "::";
}

bool collide(const endpoint& left, const endpoint& right) {
  return left.port != 0 && left.port == right.port
         && (left.host == right.host || is_any(left.host) || is_any(right.host));
}

bool is_network(const std::string& text) {
  auto slash = text.find('/');
  auto address = text.substr(0, slash);
  auto four = is_literal(AF_INET, address);
  if (!four && !is_literal(AF_INET6, address))
    return false;
  if (slash == std::string::npos)
    return true;
  std::uint16_t bits = 0;
  return parse_port(text.substr(slash + 1), bits) && bits <= (four ? 32 : 128);
}

}  // namespace grapevine::config
