#pragma once

#include "drivers/registry.hpp"

#include <string>

namespace grapevine::drivers {

/// `[redis]`
struct redis_settings {
  std::string url = "redis://127.0.0.1:6379/0";  ///< see `parse_redis_url`
  std::string prefix;                            ///< in front of every channel's name there
  std::string ca;      ///< extra certificate authorities as a PEM file; empty: the system's alone
  std::string stream;  ///< read besides pub/sub; empty: none
  std::string stream_group = "grapevine";  ///< its consumer group
};

/// Of Laravel's variables REDIS_PREFIX sets the prefix, and REDIS_HOST, _PORT, _USERNAME, _PASSWORD
/// and _DB each replace their part of the address.
config::driver_section redis_section();

/// The driver for Redis, the default of Laravel and of the guide.
///
/// Inward it subscribes to every channel that begins with the prefix, which it takes off; messages
/// that carry its own origin are its own and left alone. Delivery is that of Redis pub/sub: in the
/// order of publishing, at most once, and nothing of the time while the connection is away. The
/// database number has no influence on pub/sub.
///
/// With `redis.stream` it also reads that stream as a member of a consumer group: each entry comes
/// to one of the programs that share the group, and again, to another one, when it is not taken.
///
/// Outward one PUBLISH per channel, in order. An event counts as delivered when Redis has answered
/// for all its channels, whether or not anybody listens; one whose answer is lost with the
/// connection is published again.
///
/// Each way has a connection of its own, since a subscribed one may not publish.
std::unique_ptr<driver> make_redis_driver(net::loop&, const config::section_values&,
                                          const driver_settings&, std::string& error);

}  // namespace grapevine::drivers
