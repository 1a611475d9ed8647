#pragma once

#include "base/endpoint.hpp"
#include "net/client_tls.hpp"
#include "net/link.hpp"
#include "net/link_tls.hpp"
#include "net/loop.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace grapevine::net {

/// Connects to `host`, a name or a numeric address, and with `tls` shakes hands. The addresses of
/// a name are tried in turn until one connects, each within its share of what is left of `timeout`,
/// which bounds all of it; a handshake has 3 s at most. The handler is told nothing before this
/// returns; the link may be closed or dropped meanwhile. `tls` null is plain; it may go when this
/// has returned. On the loop's thread, as all of these.
///
/// Names are looked up on a thread of Asio's, one after the other per loop, and ending the loop
/// waits for the lookup under way.
std::shared_ptr<link> dial(loop&, const std::string& host, std::uint16_t port,
                           std::chrono::milliseconds timeout, const link_tls* tls, link_handler&);

/// Connects likewise to a server that is no node. With `tls` the server is told `host` as its name,
/// and its certificate has to be for that name (or numeric address): where it is not, the link
/// closes with a clause that says why and `on_open` is never called. The handshake has all of
/// `timeout`. The link is a node's but for two options of its socket: the system keeps it alive,
/// and data may be unacknowledged for 20 s.
std::shared_ptr<link> dial_server(loop&, const std::string& host, std::uint16_t port,
                                  std::chrono::milliseconds timeout, const client_tls* tls,
                                  link_handler&);

/// As the first, to a node at one of several numeric addresses, tried in this order.
std::shared_ptr<link> dial(loop&, const std::vector<base::endpoint>&,
                           std::chrono::milliseconds timeout, const link_tls* tls, link_handler&);

/// Calls `then` once, in a later turn, with all numeric addresses of `host`, each once, in the
/// resolver's order; without any, `error` says why.
void resolve(loop&, const std::string& host, std::uint16_t port,
             std::function<void(std::vector<base::endpoint>, std::string error)> then);

}  // namespace grapevine::net
