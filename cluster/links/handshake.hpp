#pragma once

#include "cluster/wire/frames.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace grapevine::cluster {

struct handshake_settings {
  std::string cluster_name = "grapevine";
  /// The first proves, all are accepted, so that a secret can be changed node by node. Empty: the
  /// hmac is made with an empty key, and only TLS or the loopback keeps strangers out.
  std::vector<std::string> secrets;
  /// The protocol numbers this node speaks.
  std::uint16_t proto_min = 1;
  std::uint16_t proto_max = 1;
};

/// Admission of one connection (cluster.md section 2): hello both ways, then the dialler's proof,
/// then the acceptor's, who answers only a right one. So a scanner learns no name and no address.
///
///   dialler:   start -> hello -> (peer hello) proof -> (peer proof) admitted
///   acceptor:  start -> hello -> (peer hello) -> (peer proof) proof, admitted
///
/// hmac = HMAC-SHA256(secret, "gv1" | cluster name | 'D' or 'A' | nonce of the dialler | nonce of
/// the acceptor | TLS binding | the sender's proof frame without its hmac), each variable part
/// behind its length in LEB128. Compared in constant time. The versions of a hello are covered by
/// those in the proof's node_info, which must be the same.
///
/// A wrong proof, a frame out of order and a node_info that cannot be are refused alike
/// (`protocol`), and nothing is accepted after that.
class handshake {
public:
  enum class role : std::uint8_t { dialler, acceptor };
  using nonce = std::array<std::uint8_t, 32>;

  /// `fresh` is random, from a source nobody can predict, and used for no other connection.
  /// `tls_binding`: keying material both ends of the TLS connection share, empty without TLS.
  handshake(role, const handshake_settings&, const nonce& fresh, std::string tls_binding);

  /// Our hello.
  frame start() const;

  /// What an arriving frame leads to.
  struct step {
    std::vector<frame> send;
    bool admitted = false;  ///< `peer` has proved itself
    node_info peer;         ///< valid: a name, an epoch and an address to dial
    bool peer_has_link = false;
    /// Tell the peer this in a bye, and nothing else, and close. When the peer said bye itself, its
    /// reason: nobody has proved that, so it is for the log only.
    std::optional<bye_reason> refused;
  };
  /// `self` and `has_link` (we hold another connection to the node we expect here) go into our
  /// proof; the protocol numbers in `self` are replaced by those of the settings. That the peer may
  /// be ourselves, or one that membership does not want, is for the caller to find out.
  step on_frame(const frame&, const node_info& self, bool has_link);

  bool done() const noexcept;  ///< admitted
  role side() const noexcept;
  /// The protocol number both speak; valid once admitted.
  std::uint16_t protocol() const noexcept;

private:
  enum class state : std::uint8_t { awaits_hello, awaits_proof, admitted, refused };
  using hmac = std::array<std::uint8_t, 32>;

  step on_hello(const hello_frame&, const node_info& self, bool has_link);
  step on_proof(const proof_frame&, const node_info& self, bool has_link);
  step refuse(bye_reason);
  proof_frame proof(std::string_view secret, const node_info& self, bool has_link) const;
  std::string transcript(role sender, const proof_frame&) const;
  /// The secret that made this proof, null if none of ours did.
  const std::string* proven_by(const proof_frame&) const;

  role side_;
  state state_ = state::awaits_hello;
  std::string cluster_name_;
  std::vector<std::string> secrets_;  ///< never empty
  std::string tls_binding_;
  hello_frame ours_;
  hello_frame theirs_;
  std::uint16_t protocol_ = 0;
};

}  // namespace grapevine::cluster
