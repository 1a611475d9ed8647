#pragma once

#include "net/client_session_settings.hpp"
#include "net/loop.hpp"
#include "net/service.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace grapevine::net {

class tls_context;  ///< tls.hpp

/// Counters of one loop's sockets, written by its thread, read by any.
struct socket_stats;  ///< socket_stats.hpp

/// An address bound once for all loops. Resolves `host`, refuses a port that anybody listens on
/// already (SO_REUSEPORT alone would let a second server share it silently), and with port 0 lets
/// the system choose one for all.
struct bound_address {
  std::string host;  ///< the numeric address
  std::uint16_t port = 0;
};

/// Accepts connections on one loop and gives each a session. One per (loop, address); all share the
/// port.
class listener {
public:
  listener(loop&, service&, const client_session_settings&, const tls_context* tls, socket_stats&);
  ~listener();

  /// Binds with SO_REUSEPORT and listens. Empty on success, else one sentence such as
  /// "cannot listen on 127.0.0.1:8000: Address already in use".
  std::string listen(const bound_address&);
  /// For connections from now on; null is plain. What was used before may go: sessions keep their
  /// share of it.
  void use_tls(const tls_context*) noexcept;
  /// Stops accepting; sessions live on.
  void close();
  /// Closes every session of this listener at once (no handshake). `on_closed` is called for each.
  void abort_sessions();
  std::size_t sessions() const noexcept;

private:
  struct impl;
  std::shared_ptr<impl> impl_;
};

/// Checks and chooses the address for `listener::listen`: empty `error` on success.
struct bind_result {
  bound_address address;
  std::string error;
};
bind_result probe_address(const std::string& host, std::uint16_t port);

}  // namespace grapevine::net
