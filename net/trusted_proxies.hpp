#pragma once

#include "net/http_message.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace grapevine::net {

/// The proxies whose X-Forwarded-For counts. IPv4 addresses are kept as IPv4-mapped IPv6, so a
/// dual-stack listener sees them alike.
class trusted_proxies {
public:
  /// Addresses or CIDR blocks; what is neither is ignored.
  explicit trusted_proxies(const std::vector<std::string>& networks);

  /// The client's address for a request that came from `peer`: `peer` itself, or the rightmost
  /// address in X-Forwarded-For that is no trusted proxy, when `peer` is one.
  std::string client_address(const std::string& peer, const http_request&) const;
  bool contains(std::string_view address) const;

private:
  using bytes = std::array<unsigned char, 16>;
  struct network {
    bytes address;
    unsigned prefix;
  };
  static std::optional<bytes> parse(std::string_view);

  std::vector<network> networks_;
};

}  // namespace grapevine::net
