#include "net/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace grapevine::net {

namespace {

/// What went wrong first: the errors behind it only say where it was noticed.
std::string first_reason() {
  const auto code = ERR_peek_error();
  const auto* text = code == 0 ? nullptr : ERR_reason_error_string(code);
  std::string reason = text ? text : "unknown reason";
  ERR_clear_error();
  return reason;
}

// No terminal to ask at: an encrypted key is an error, not a question.
int no_password(char*, int, int, void*) {
  return 0;
}

}  // namespace

std::unique_ptr<tls_context> tls_context::load(const std::string& certificate,
                                               const std::string& key, std::string& error) {
  ERR_clear_error();
  auto* native = SSL_CTX_new(TLS_server_method());
  if (!native) {
    error = "cannot set up TLS: " + first_reason();
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
  SSL_CTX_set_default_passwd_cb(native, no_password);
  if (SSL_CTX_use_certificate_chain_file(native, certificate.c_str()) != 1) {
    error = "cannot use the certificate " + certificate + ": " + first_reason();
    return nullptr;
  }
  if (SSL_CTX_use_PrivateKey_file(native, key.c_str(), SSL_FILETYPE_PEM) != 1) {
    error = "cannot use the private key " + key + ": " + first_reason();
    return nullptr;
  }
  if (SSL_CTX_check_private_key(native) != 1) {
    error = "the private key " + key + " does not belong to the certificate " + certificate;
    return nullptr;
  }
  return context;
}

tls_context::~tls_context() {
  SSL_CTX_free(context_);
}

}  // namespace grapevine::net
