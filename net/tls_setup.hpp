#pragma once

#include <memory>
#include <string>

using SSL_CTX = struct ssl_ctx_st;

namespace grapevine::net {

/// Which end of a TLS connection this is.
enum class tls_role { accepts, connects };

/// How one connection speaks TLS.
struct tls_setup {
  std::shared_ptr<SSL_CTX> context;  ///< null: plain
  tls_role role = tls_role::accepts;
  /// The name, or the numeric address, that the certificate of the other end has to be for. Empty:
  /// any certificate that the context trusts.
  std::string server_name;
};

}  // namespace grapevine::net
