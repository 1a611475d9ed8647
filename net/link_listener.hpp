#pragma once

#include "net/link.hpp"
#include "net/link_tls.hpp"
#include "net/loop.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace grapevine::net {

/// Who gets the connections of a link_listener.
class link_acceptor {
public:
  /// Somebody connected; with TLS the handshake is yet to come and has 3 s. Returns who hears of
  /// the link from now on, or null to refuse it. Keep the link: dropped, it ends. May pause the
  /// listener.
  virtual link_handler* accepted(std::shared_ptr<link>) = 0;

protected:
  ~link_acceptor() = default;
};

/// Accepts links on one address, on its loop's thread. Running out of descriptors only delays them.
class link_listener {
public:
  /// `tls` null is plain; it is not needed any more when this has returned.
  link_listener(loop&, link_acceptor&, const link_tls* tls);
  ~link_listener();  ///< closes
  link_listener(const link_listener&) = delete;
  link_listener& operator=(const link_listener&) = delete;

  /// Binds, not sharing the port with anybody, and listens. With port 0 the system chooses. Empty
  /// on success, else one sentence such as "cannot listen on 127.0.0.1:7400: Address already in
  /// use".
  std::string listen(const std::string& host, std::uint16_t port);
  /// The port it listens on, or 0.
  std::uint16_t port() const;
  /// For connections from now on.
  void use_tls(const link_tls*);
  /// Leaves new connections in the system's queue, until `resume`. Idempotent, both.
  void pause() noexcept;
  void resume();
  /// Stops listening; links live on.
  void close();

private:
  struct impl;
  std::shared_ptr<impl> impl_;
};

}  // namespace grapevine::net
