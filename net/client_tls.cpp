#include "net/client_tls.hpp"

#include "net/tls_files.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace grapevine::net {

std::unique_ptr<client_tls> client_tls::load(const std::string& extra_authorities,
                                             std::string& error) {
  ERR_clear_error();
  auto* native = SSL_CTX_new(TLS_client_method());
  if (!native) {
    error = "cannot set up TLS: " + take_tls_error();
    return nullptr;
  }
  std::unique_ptr<client_tls> context{new client_tls{{native, SSL_CTX_free}}};
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(native, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
                               | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_verify(native, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_default_verify_paths(native);
  // A system without authorities is reported by the handshake that misses them.
  ERR_clear_error();
  error = extra_authorities.empty() ? std::string{} : use_authority(native, extra_authorities);
  return error.empty() ? std::move(context) : nullptr;
}

}  // namespace grapevine::net
