#include "temporary_certificate.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>

namespace grapevine::test {

namespace {

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* value) const noexcept {
    Free(value);
  }
};

using key_pointer = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using certificate_pointer = std::unique_ptr<X509, freed_by<X509_free>>;
using file_pointer = std::unique_ptr<std::FILE, freed_by<std::fclose>>;

file_pointer create(const std::string& path) {
  file_pointer file{std::fopen(path.c_str(), "w")};
  if (!file)
    throw std::runtime_error{"cannot write " + path};
  return file;
}

}  // namespace

temporary_certificate::temporary_certificate() {
  std::string pattern = (std::filesystem::temp_directory_path() / "grapevine-XXXXXX").string();
  if (!::mkdtemp(pattern.data()))
    throw std::runtime_error{"no temporary directory"};
  directory_ = pattern;
  certificate_ = directory_ + "/certificate.pem";
  key_ = directory_ + "/key.pem";

  const key_pointer key{EVP_EC_gen("P-256")};
  const certificate_pointer certificate{X509_new()};
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  auto* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  PEM_write_X509(create(certificate_).get(), certificate.get());
  PEM_write_PrivateKey(create(key_).get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
}

temporary_certificate::~temporary_certificate() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

}  // namespace grapevine::test
