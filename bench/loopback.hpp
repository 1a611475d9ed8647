#pragma once

#include <cstdint>

/// Sockets on 127.0.0.1, the only place a benchmark talks to. All return -1 (0 for a port) on
/// failure, with errno set.
namespace grapevine::bench {

/// A listening, non-blocking socket; port 0 lets the system choose.
int listen_loopback(std::uint16_t port);

/// A connected, blocking socket without Nagle's delay.
int connect_loopback(std::uint16_t port);

/// Accepts one connection, non-blocking and without Nagle's delay; -1 when none waits.
int accept_connection(int listener);

std::uint16_t local_port(int fd);

}  // namespace grapevine::bench
