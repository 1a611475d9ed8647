#pragma once

#include <memory>
#include <string>

using SSL_CTX = struct ssl_ctx_st;

namespace grapevine::net {

/// Server-side TLS: certificate chain and key from PEM files, TLS 1.2 and newer, no renegotiation.
class tls_context {
public:
  /// `error` gets one sentence when a file cannot be used; then the result is null.
  static std::unique_ptr<tls_context> load(const std::string& certificate, const std::string& key,
                                           std::string& error);
  ~tls_context();
  SSL_CTX* native() const noexcept {
    return context_;
  }

private:
  explicit tls_context(SSL_CTX* context) noexcept : context_{context} {}
  SSL_CTX* context_;
};

}  // namespace grapevine::net
