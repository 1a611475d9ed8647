#include "net/tls.hpp"

#include "net/tls_files.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace grapevine::net {

std::unique_ptr<tls_context> tls_context::load(const std::string& certificate,
                                               const std::string& key, std::string& error) {
  ERR_clear_error();
  auto* native = SSL_CTX_new(TLS_server_method());
  if (!native) {
    error = "cannot set up TLS: " + take_tls_error();
    return nullptr;
  }
  std::unique_ptr<tls_context> context{new tls_context{native}};
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION
                                  | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // Buffers are released between records: an idle connection must stay small.
  SSL_CTX_set_mode(native, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
                               | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_id_context(native, reinterpret_cast<const unsigned char*>("grapevine"), 9);
  error = use_key_pair(native, certificate, key);
  if (!error.empty())
    return nullptr;
  return context;
}

tls_context::~tls_context() {
  SSL_CTX_free(context_);
}

}  // namespace grapevine::net
