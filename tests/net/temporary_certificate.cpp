#include "temporary_certificate.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace grapevine::test {

namespace {

using key_pointer = std::shared_ptr<EVP_PKEY>;
using certificate_pointer = std::shared_ptr<X509>;

std::shared_ptr<std::FILE> create(const std::string& path) {
  auto* file = std::fopen(path.c_str(), "w");
  if (!file)
    throw std::runtime_error{"cannot write " + path};
  return {file, std::fclose};
}

void write(const certificate_pointer& certificate, const std::string& path) {
  PEM_write_X509(create(path).get(), certificate.get());
}

void write(const key_pointer& key, const std::string& path) {
  PEM_write_PrivateKey(create(path).get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
}

key_pointer make_key() {
  return {EVP_EC_gen("P-256"), EVP_PKEY_free};
}

// Valid for an hour and not signed yet; its own issuer until it gets another.
certificate_pointer make_certificate(const std::string& common_name, const key_pointer& key,
                                     int serial) {
  const certificate_pointer certificate{X509_new(), X509_free};
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  auto* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                             0);
  X509_set_issuer_name(certificate.get(), name);
  return certificate;
}

bool is_address(const std::string& name) {
  return name.find_first_not_of("0123456789.") == std::string::npos
         || name.find(':') != std::string::npos;
}

void extend(const certificate_pointer& certificate, int what, const std::string& value) {
  auto* extension = X509V3_EXT_conf_nid(nullptr, nullptr, what, value.c_str());
  if (!extension)
    throw std::runtime_error{"no such extension: " + value};
  X509_add_ext(certificate.get(), extension, -1);
  X509_EXTENSION_free(extension);
}

}  // namespace

temporary_directory::temporary_directory()
    : path_{(std::filesystem::temp_directory_path() / "grapevine-XXXXXX").string()} {
  if (!::mkdtemp(path_.data()))
    throw std::runtime_error{"no temporary directory"};
}

temporary_directory::~temporary_directory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

temporary_certificate::temporary_certificate()
    : certificate_{directory_.path() + "/certificate.pem"}, key_{directory_.path() + "/key.pem"} {
  const auto key = make_key();
  const auto certificate = make_certificate("localhost", key, 1);
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  write(certificate, certificate_);
  write(key, key_);
}

temporary_authority::temporary_authority(const std::string& common_name)
    : certificate_{directory_.path() + "/authority.pem"}, key_{make_key()} {
  self_ = make_certificate(common_name, key_, 1);
  extend(self_, NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(self_.get(), key_.get(), EVP_sha256());
  write(self_, certificate_);
}

temporary_authority::issued temporary_authority::issue(const std::string& common_name,
                                                       const std::vector<std::string>& names,
                                                       std::chrono::seconds valid_for) {
  const auto place = directory_.path() + "/" + std::to_string(++issued_);
  const issued files{place + "-certificate.pem", place + "-key.pem"};
  const auto key = make_key();
  const auto certificate = make_certificate(common_name, key, issued_ + 1);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(self_.get()));
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), valid_for.count());
  std::string alternatives;
  for (const auto& name : names)
    alternatives +=
        (alternatives.empty() ? "" : ",") + (is_address(name) ? "IP:" + name : "DNS:" + name);
  if (!alternatives.empty())
    extend(certificate, NID_subject_alt_name, alternatives);
  X509_sign(certificate.get(), key_.get(), EVP_sha256());
  write(certificate, files.certificate);
  write(key, files.key);
  return files;
}

}  // namespace grapevine::test
