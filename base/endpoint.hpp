#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace grapevine::base {

/// Where to listen, or whom to connect to. `host` is a name or a numeric address without brackets;
/// to listen on port 0 lets the system choose.
struct endpoint {
  std::string host;
  std::uint16_t port = 0;
  auto operator<=>(const endpoint&) const = default;
};

/// Reads "name:port", "10.0.0.1:80" or "[::1]:80"; absent when `text` is none of them. Names are
/// 1 to 253 letters, digits, '-', '.' and '_'.
std::optional<endpoint> parse_endpoint(std::string_view text);
/// The inverse of `parse_endpoint`: IPv6 addresses get their brackets.
std::string to_string(const endpoint&);

/// Whether only this machine can reach `host`: "localhost", 127.0.0.0/8 or ::1.
bool is_loopback(std::string_view host);
/// Whether `host` is no address to connect to, but all of this machine's to listen on: 0.0.0.0 or
/// ::.
bool is_any(std::string_view host);

}  // namespace grapevine::base
