#pragma once

#include "base/endpoint.hpp"

#include <string>

namespace grapevine::config {

/// Whether listening on both would fail: the same port other than 0 on the same host, or one of
/// them on any address.
bool collide(const base::endpoint& left, const base::endpoint& right);

/// Whether `text` is an IPv4 or IPv6 address, or such an address, '/' and a prefix length.
bool is_network(const std::string& text);

}  // namespace grapevine::config
