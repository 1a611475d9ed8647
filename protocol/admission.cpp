#include "protocol/admission.hpp"

#include <algorithm>

namespace grapevine::protocol {

namespace {

constexpr int protocol_min = 5;
constexpr int protocol_max = 7;

std::optional<refusal> refuse_protocol(std::string_view version) {
  const auto digits = version.starts_with('-') ? version.substr(1) : version;
  if (digits.empty() || !std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; }))
    return refusal{4006, "The protocol version is not a number"};
  const bool known = version.size() == 1 && version.front() >= '0' + protocol_min
                     && version.front() <= '0' + protocol_max;
  if (!known)
    return refusal{4007, "Only protocol versions 5 to 7 are supported"};
  return std::nullopt;
}

/// The parts of "https://example.com:8443", or of a pattern that leaves some out.
struct origin_parts {
  std::string_view scheme;
  std::string_view host;
  std::string_view port;
};

origin_parts split_origin(std::string_view text) noexcept {
  origin_parts parts;
  if (auto at = text.find("://"); at != std::string_view::npos) {
    parts.scheme = text.substr(0, at);
    text.remove_prefix(at + 3);
  }
  const auto colon = text.rfind(':');
  const auto bracket = text.rfind(']');  // colons inside an IPv6 literal divide nothing
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || bracket < colon);
  parts.host = text.substr(0, has_port ? colon : text.size());
  if (has_port)
    parts.port = text.substr(colon + 1);
  return parts;
}

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, {}, lower, lower);
}

bool host_fits(std::string_view host, std::string_view pattern) noexcept {
  if (!pattern.starts_with("*."))
    return equal_ignoring_case(host, pattern);
  const auto domain = pattern.substr(1);
  return host.size() > domain.size()
         && equal_ignoring_case(host.substr(host.size() - domain.size()), domain);
}

bool fits(const origin_parts& origin, std::string_view pattern) noexcept {
  if (pattern == "*")
    return true;
  // A path, a user name or a port that is no number could hide another domain behind an allowed
  // one.
  if (origin.scheme.empty() || origin.host.find_first_of("/@?#\\ ") != std::string_view::npos
      || origin.port.find_first_not_of("0123456789") != std::string_view::npos)
    return false;
  const auto wanted = split_origin(pattern);
  const bool whole = !wanted.scheme.empty();
  return (!whole || equal_ignoring_case(origin.scheme, wanted.scheme))
         && ((!whole && wanted.port.empty()) || origin.port == wanted.port)
         && host_fits(origin.host, wanted.host);
}

}  // namespace

std::optional<refusal> refuse(const admission_request& request) {
  if (!request.app_known)
    return refusal{4001, "There is no app with this key"};
  if (!request.app_enabled)
    return refusal{4003, "The app is disabled"};
  if (request.protocol_parameter) {
    if (auto refused = refuse_protocol(*request.protocol_parameter))
      return refused;
  }
  if (!request.origin_allowed)
    return refusal{4009, "The origin is not allowed for this app"};
  // Before the quotas: a client that is told 4004 would never come back.
  if (request.draining)
    return refusal{4200, "The server is going away, reconnect"};
  if (request.over_app_quota)
    return refusal{4004, "The app has reached its connection quota"};
  if (request.over_node_quota)
    return refusal{4100, "The server is over capacity"};
  return std::nullopt;
}

bool origin_allowed(std::string_view origin, std::span<const std::string> patterns) {
  if (origin.empty())
    return true;
  const auto parts = split_origin(origin);
  return std::ranges::any_of(patterns, [&](const auto& pattern) { return fits(parts, pattern); });
}

}  // namespace grapevine::protocol
