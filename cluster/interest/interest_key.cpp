#include "cluster/interest/interest_key.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <initializer_list>
#include <stdexcept>
#include <string>

namespace grapevine::cluster {

namespace {

/// A libcrypto without these algorithms cannot serve a cluster at all, so this is no expected
/// failure.
void require(bool ok, const char* what) {
  if (!ok)
    throw std::runtime_error{what};
}

/// One context for all keys of a thread: fetching and allocating would cost more than hashing.
class siphash_engine {
public:
  siphash_engine() {
    auto* mac = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_SIPHASH, nullptr);
    context_ = mac ? EVP_MAC_CTX_new(mac) : nullptr;
    EVP_MAC_free(mac);  // the context keeps its own reference
    std::size_t size = sizeof(std::uint64_t);
    std::array parameters{OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size),
                          OSSL_PARAM_construct_end()};
    require(context_ && EVP_MAC_CTX_set_params(context_, parameters.data()),
            "OpenSSL offers no SipHash");
  }
  siphash_engine(const siphash_engine&) = delete;
  siphash_engine& operator=(const siphash_engine&) = delete;
  ~siphash_engine() {
    EVP_MAC_CTX_free(context_);
  }

  std::uint64_t hash(const siphash_key& key, std::initializer_list<std::string_view> parts) {
    require(EVP_MAC_init(context_, key.data(), key.size(), nullptr), "SipHash failed");
    for (const auto part : parts)
      require(EVP_MAC_update(context_, reinterpret_cast<const unsigned char*>(part.data()),
                             part.size()),
              "SipHash failed");
    std::array<unsigned char, sizeof(std::uint64_t)> bytes{};
    std::size_t size = 0;
    require(EVP_MAC_final(context_, bytes.data(), &size, bytes.size()) && size == bytes.size(),
            "SipHash failed");
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
      value |= std::uint64_t{bytes[i]} << (8 * i);
    return value;
  }

private:
  EVP_MAC_CTX* context_ = nullptr;
};

std::uint64_t hash(const siphash_key& key, std::initializer_list<std::string_view> parts) {
  thread_local siphash_engine engine;
  return engine.hash(key, parts);
}

}  // namespace

std::uint64_t siphash(const siphash_key& key, std::string_view text) {
  return hash(key, {text});
}

interest_key_hasher::interest_key_hasher(std::string_view cluster_name) {
  const auto text = std::string{"grapevine channel key"}.append(cluster_name);
  std::array<unsigned char, 32> digest{};
  require(EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr),
          "SHA-256 failed");
  std::copy_n(digest.begin(), key_.size(), key_.begin());
}

std::uint64_t interest_key_hasher::operator()(std::string_view app_id,
                                              std::string_view channel) const {
  return hash(key_, {app_id, std::string_view{"\0", 1}, channel});
}

}  // namespace grapevine::cluster
