#pragma once

#include <memory>
#include <string>
#include <utility>

using SSL_CTX = struct ssl_ctx_st;

namespace grapevine::net {

/// TLS towards servers that are no nodes: TLS 1.2 and newer, no renegotiation. Certificates are
/// checked against the system's authorities and, on each connection, against the name or address
/// that was dialled (`dial_server`). Connections keep their share of the context, which may go.
class client_tls {
public:
  /// `extra_authorities` is a PEM file of authorities trusted beside the system's, or empty. The
  /// system's are OpenSSL's defaults, with SSL_CERT_FILE and SSL_CERT_DIR; where there are none,
  /// every handshake fails and says so. `error` gets one sentence naming the file that cannot be
  /// used; then the result is null.
  static std::unique_ptr<client_tls> load(const std::string& extra_authorities, std::string& error);
  const std::shared_ptr<SSL_CTX>& context() const noexcept {
    return context_;
  }

private:
  explicit client_tls(std::shared_ptr<SSL_CTX> context) noexcept : context_{std::move(context)} {}
  std::shared_ptr<SSL_CTX> context_;
};

}  // namespace grapevine::net
