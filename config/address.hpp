#pragma once

#include "config/settings.hpp"

#include <string>

namespace grapevine::config {

/// Whether only this machine can reach `host`: "localhost", 127.0.0.0/8 or ::1.
bool is_loopback(const std::string& host);

/// Whether `host` is no address to dial, but all of this machine's to listen on: 0.0.0.0 or ::.
bool is_any(const std::string& host);

/// Whether listening on both would fail: the same port other than 0 on the same host, or one of
/// them on any address.
bool collide(const endpoint& left, const endpoint& right);

/// Whether `text` is an IPv4 or IPv6 address, or such an address, '/' and a prefix length.
bool is_network(const std::string& text);

}  // namespace grapevine::config
