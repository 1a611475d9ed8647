#pragma once

#include "drivers/registry.hpp"

namespace grapevine::drivers {

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
std::unique_ptr<driver> make_redis_driver(net::loop&, const config::settings&,
                                          const driver_settings&, std::string& error);

}  // namespace grapevine::drivers
