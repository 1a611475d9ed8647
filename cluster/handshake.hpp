#pragma once

#include "cluster/frames.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace grapevine::cluster {

struct handshake_settings {
  std::string cluster_name = "grapevine";
  /// The first proves, all are accepted, so that a secret can be changed node by node. Empty: the
  /// hmac is made with an empty key, and only TLS or the loopback keeps strangers out.
  std::vector<std::string> secrets;
};

/// Admission of one connection (cluster.md section 2): hello both ways, then the dialler's proof,
/// then the acceptor's, who answers only a right one. So a scanner learns no name and no address.
///
///   dialler:   start -> hello -> (peer hello) proof -> (peer proof) admitted
///   acceptor:  start -> hello -> (peer proof) proof, admitted
///
/// hmac = HMAC-SHA256(secret, "gv1" | cluster name | 'D' or 'A' | nonce of the dialler | nonce of
/// the acceptor | TLS binding | encoded node_info), each variable part behind its length. Compared
/// in constant time.
class handshake {
public:
  enum class role : std::uint8_t { dialler, acceptor };
  using nonce = std::array<std::uint8_t, 32>;

  /// `fresh` is random, from a source nobody can predict. `tls_binding`: keying material both ends
  /// of the TLS connection share, empty without TLS.
  handshake(role, const handshake_settings&, const nonce& fresh, std::string tls_binding);

  /// Our hello.
  frame start() const;

  /// What an arriving frame leads to.
  struct step {
    std::vector<frame> send;
    bool admitted = false;  ///< `peer` has proved itself
    node_info peer;
    bool peer_has_link = false;
    std::optional<bye_reason> refused;  ///< close, without telling more than this
  };
  /// `self` and `has_link` (we hold another connection to the node we expect here) go into our
  /// proof.
  step on_frame(const frame&, const node_info& self, bool has_link);

  bool done() const noexcept;
  role side() const noexcept;
  /// The protocol number both speak; valid once admitted.
  std::uint16_t protocol() const noexcept;

private:
  // to be chosen by the implementation
};

}  // namespace grapevine::cluster
