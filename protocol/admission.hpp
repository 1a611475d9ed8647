#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace grapevine::protocol {

/// A code of protocol.md 3.2 and the sentence that goes with it: sent as `pusher:error`, then as
/// the close.
struct refusal {
  int code = 0;
  std::string message;
  bool operator==(const refusal&) const = default;
};

/// What is known about an upgrade on `/app/{key}` when the server decides whether to let it in.
struct admission_request {
  bool app_known = false;
  bool app_enabled = true;
  bool origin_allowed = true;
  bool over_app_quota = false;   ///< the app's max_connections is reached
  bool over_node_quota = false;  ///< the node's own bound is reached
  bool draining = false;
  std::optional<std::string_view> protocol_parameter;  ///< absent is treated as 7
};

/// Nothing when the connection may begin; else why not, in the order of protocol.md 1.1. The
/// protocol version comes after what is wrong with the app itself. The app's quota is 4004, from
/// which clients do not return; the node's 4100.
std::optional<refusal> refuse(const admission_request&);

/// True when `origin` (the header's value, empty when absent) fits one of the patterns: "*", a host
/// with optional leading "*." and optional port (without one any port fits), or a whole origin such
/// as "https://example.com:8443" or "https://*.example.com" (without a port the scheme's own is
/// meant). No Origin header (not a browser) is allowed.
bool origin_allowed(std::string_view origin, std::span<const std::string> patterns);

}  // namespace grapevine::protocol
