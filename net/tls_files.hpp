#pragma once

#include <string>

using SSL_CTX = struct ssl_ctx_st;

namespace grapevine::net {

/// Takes the certificate chain and its key from PEM files. Empty, or one sentence naming the file
/// that cannot be used.
std::string use_key_pair(SSL_CTX*, const std::string& certificate, const std::string& key);

/// Trusts the authorities of a PEM file, beside those that the context trusts already. Empty, or
/// one sentence naming it.
std::string use_authority(SSL_CTX*, const std::string& authority);

/// The newest error OpenSSL remembers on this thread, which it then forgets with all others.
std::string take_tls_error();

}  // namespace grapevine::net
