#pragma once

#include "net/tls_setup.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

using SSL = struct ssl_st;

namespace grapevine::net {

/// Mutual TLS between nodes, for both roles: TLS 1.3 only, each end shows the certificate and wants
/// one signed by the authority. To renew the files load another; connections keep their share of
/// the one they began with, which may go.
class link_tls {
public:
  /// PEM files: the certificate with its chain, its key, and the authorities that are trusted.
  /// `error` gets one sentence naming the file that cannot be used; then the result is null.
  static std::unique_ptr<link_tls> load(const std::string& certificate, const std::string& key,
                                        const std::string& authority, std::string& error);
  const std::shared_ptr<SSL_CTX>& context() const noexcept {
    return context_;
  }

private:
  explicit link_tls(std::shared_ptr<SSL_CTX> context) noexcept : context_{std::move(context)} {}
  std::shared_ptr<SSL_CTX> context_;
};

/// One end of a mutual TLS connection; plain with null.
tls_setup setup_of(const link_tls*, tls_role);

/// Keying material exported under "EXPORTER-Channel-Binding" (RFC 9266): 32 bytes, equal at both
/// ends. Empty when there is none.
std::string channel_binding(SSL*);

/// The DNS names in the certificate of the other end; its common name if there is none.
std::vector<std::string> certificate_names(SSL*);

}  // namespace grapevine::net
