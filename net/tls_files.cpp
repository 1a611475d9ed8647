#include "net/tls_files.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace grapevine::net {

namespace {

// No terminal to ask at: an encrypted key is an error, not a question.
int no_password(char*, int, int, void*) {
  return 0;
}

}  // namespace

/// What went wrong first: the errors behind it only say where it was noticed.
std::string take_tls_error() {
  const auto code = ERR_peek_error();
  const auto* text = code == 0 ? nullptr : ERR_reason_error_string(code);
  std::string reason = text ? text : "unknown reason";
  ERR_clear_error();
  return reason;
}

std::string use_key_pair(SSL_CTX* context, const std::string& certificate, const std::string& key) {
  SSL_CTX_set_default_passwd_cb(context, no_password);
  if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1)
    return "cannot use the certificate " + certificate + ": " + take_tls_error();
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1)
    return "cannot use the private key " + key + ": " + take_tls_error();
  if (SSL_CTX_check_private_key(context) != 1)
    return "the private key " + key + " does not belong to the certificate " + certificate;
  return {};
}

std::string use_authority(SSL_CTX* context, const std::string& authority) {
  if (SSL_CTX_load_verify_file(context, authority.c_str()) != 1)
    return "cannot use the certificate authority " + authority + ": " + take_tls_error();
  return {};
}

}  // namespace grapevine::net
