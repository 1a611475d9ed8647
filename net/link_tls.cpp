#include "net/link_tls.hpp"

#include "net/tls_files.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <string_view>

namespace grapevine::net {

namespace {

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* value) const noexcept {
    Free(value);
  }
};

using certificate_pointer = std::unique_ptr<X509, freed_by<X509_free>>;
using general_names = std::unique_ptr<GENERAL_NAMES, freed_by<GENERAL_NAMES_free>>;

void append_name(const ASN1_STRING* text, std::vector<std::string>& into) {
  if (!text)
    return;
  std::string name{reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                   static_cast<std::size_t>(ASN1_STRING_length(text))};
  // A zero byte is the old trick to make a name look shorter than it is.
  if (!name.empty() && name.find('\0') == std::string::npos)
    into.push_back(std::move(name));
}

}  // namespace

std::unique_ptr<link_tls> link_tls::load(const std::string& certificate, const std::string& key,
                                         const std::string& authority, std::string& error) {
  ERR_clear_error();
  auto* native = SSL_CTX_new(TLS_method());
  if (!native) {
    error = "cannot set up TLS: " + take_tls_error();
    return nullptr;
  }
  std::unique_ptr<link_tls> context{new link_tls{{native, SSL_CTX_free}}};
  SSL_CTX_set_min_proto_version(native, TLS1_3_VERSION);
  SSL_CTX_set_mode(native, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_verify(native, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  // A resumed session would skip the certificate, and so outlive a change of the authority.
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(native, 0);
  error = use_key_pair(native, certificate, key);
  if (error.empty())
    error = use_authority(native, authority);
  return error.empty() ? std::move(context) : nullptr;
}

tls_setup setup_of(const link_tls* tls, tls_role role) {
  return {tls ? tls->context() : nullptr, role, {}};
}

std::string channel_binding(SSL* ssl) {
  constexpr std::string_view label = "EXPORTER-Channel-Binding";
  std::string binding(32, '\0');
  const bool exported =
      SSL_export_keying_material(ssl, reinterpret_cast<unsigned char*>(binding.data()),
                                 binding.size(), label.data(), label.size(), nullptr, 0, 1)
      == 1;
  return exported ? binding : std::string{};
}

std::vector<std::string> certificate_names(SSL* ssl) {
  std::vector<std::string> names;
  const certificate_pointer certificate{SSL_get1_peer_certificate(ssl)};
  if (!certificate)
    return names;
  const general_names alternatives{static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr))};
  for (int i = 0; alternatives && i < sk_GENERAL_NAME_num(alternatives.get()); ++i) {
    const auto* name = sk_GENERAL_NAME_value(alternatives.get(), i);
    if (name->type == GEN_DNS)
      append_name(name->d.dNSName, names);
  }
  if (alternatives)
    return names;
  auto* subject = X509_get_subject_name(certificate.get());
  const int place = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (place >= 0)
    append_name(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, place)), names);
  return names;
}

}  // namespace grapevine::net
