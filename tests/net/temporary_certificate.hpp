#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

typedef struct evp_pkey_st EVP_PKEY;
typedef struct x509_st X509;

namespace grapevine::test {

/// A directory that goes with this.
class temporary_directory {
public:
  temporary_directory();
  ~temporary_directory();
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;

  const std::string& path() const noexcept {
    return path_;
  }

private:
  std::string path_;
};

/// A fresh self-signed certificate for localhost and its key, as PEM files that go with it.
class temporary_certificate {
public:
  temporary_certificate();

  const std::string& certificate() const noexcept {
    return certificate_;
  }
  const std::string& key() const noexcept {
    return key_;
  }

private:
  temporary_directory directory_;
  std::string certificate_;
  std::string key_;
};

/// A fresh authority and the certificates it signs, as PEM files that go with it.
class temporary_authority {
public:
  explicit temporary_authority(const std::string& common_name = "authority");

  struct issued {
    std::string certificate;
    std::string key;
  };
  /// A certificate for both roles, for DNS names and numeric addresses. Without any it has no
  /// subject alternative name at all. `valid_for`, from now on, may be over already.
  issued issue(const std::string& common_name, const std::vector<std::string>& names = {},
               std::chrono::seconds valid_for = std::chrono::hours{1});

  const std::string& certificate() const noexcept {
    return certificate_;
  }

private:
  temporary_directory directory_;
  std::string certificate_;
  std::shared_ptr<EVP_PKEY> key_;
  std::shared_ptr<X509> self_;
  int issued_ = 0;
};

}  // namespace grapevine::test
