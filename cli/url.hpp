#pragma once

#include "base/endpoint.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace grapevine::cli {

/// Where a server is: the `http`, `https`, `ws` or `wss` URL that a command was given.
struct url {
  bool tls = false;
  base::endpoint server;
  std::string prefix;  ///< "" or "/something" without a trailing slash
  bool operator==(const url&) const = default;
};

/// Reads `scheme://HOST[:PORT][/prefix]` (RFC 3986), where "s" after `scheme` ("http" or "ws") asks
/// for TLS. The port is 80 or 443 when absent. User names, queries and fragments are refused.
std::optional<url> parse_url(std::string_view text, std::string_view scheme);

}  // namespace grapevine::cli
