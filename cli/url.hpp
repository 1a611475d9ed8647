#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace grapevine::cli {

/// Where a server is: the `http`, `https`, `ws` or `wss` URL that a command was given.
struct url {
  bool tls = false;
  std::string host;  ///< a name or a literal, without brackets
  std::uint16_t port = 0;
  std::string prefix;  ///< "" or "/something" without a trailing slash
  bool operator==(const url&) const = default;
};

/// Reads `scheme://HOST[:PORT][/prefix]`, where "s" after `scheme` ("http" or "ws") asks for TLS.
/// The port is 80 or 443 when absent. User names, queries, fragments and anything that is no
/// printable ASCII are refused.
std::optional<url> parse_url(std::string_view text, std::string_view scheme);

/// "host:port" with the brackets of an IPv6 literal, as in a Host header.
std::string authority(const url&);

}  // namespace grapevine::cli
