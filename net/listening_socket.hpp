#pragma once

#include "net/listener.hpp"

#include <string>

namespace grapevine::net {

/// A non-blocking listening socket, or why there is none.
struct listening_socket {
  int descriptor = -1;  ///< the caller's to close
  bool is_v6 = false;
  std::string error;  ///< such as "cannot listen on 127.0.0.1:8000: Address already in use"
};

/// Binds and listens. `share` sets SO_REUSEPORT, with which several sockets of one user get their
/// part of the connections to one port; without it a port that is taken in any way is refused.
listening_socket open_listening_socket(const bound_address&, bool share);

}  // namespace grapevine::net
