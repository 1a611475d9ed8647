#include "protocol/signature.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <stdexcept>

namespace grapevine::protocol {

namespace {

constexpr std::size_t sha256_size = 32;
constexpr std::size_t sha1_size = 20;
constexpr std::size_t md5_size = 16;

using sha256_hex = std::array<char, 2 * sha256_size>;

/// A libcrypto without these algorithms cannot serve the protocol at all, so this is no expected
/// failure.
void require(bool ok, const char* what) {
  if (!ok)
    throw std::runtime_error(what);
}

const unsigned char* as_bytes(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

template <std::size_t Size>
std::array<char, 2 * Size> to_hex(const std::array<unsigned char, Size>& bytes) noexcept {
  constexpr std::string_view digits = "0123456789abcdef";
  std::array<char, 2 * Size> hex{};
  for (std::size_t i = 0; i < Size; ++i) {
    hex[2 * i] = digits[bytes[i] >> 4];
    hex[2 * i + 1] = digits[bytes[i] & 15];
  }
  return hex;
}

template <std::size_t Size>
std::string_view view(const std::array<char, Size>& text) noexcept {
  return {text.data(), text.size()};
}

/// Computes HMAC-SHA256 again and again with one context, so that a signature costs no allocation
/// of ours.
class hmac_engine {
public:
  hmac_engine() {
    auto* mac = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
    context_ = mac ? EVP_MAC_CTX_new(mac) : nullptr;
    EVP_MAC_free(mac);  // the context keeps its own reference
    std::string digest = OSSL_DIGEST_NAME_SHA2_256;
    std::array parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), digest.size()),
        OSSL_PARAM_construct_end()};
    require(context_ && EVP_MAC_CTX_set_params(context_, parameters.data()),
            "OpenSSL offers no HMAC-SHA256");
  }
  hmac_engine(const hmac_engine&) = delete;
  hmac_engine& operator=(const hmac_engine&) = delete;
  ~hmac_engine() {
    EVP_MAC_CTX_free(context_);
  }

  sha256_hex hex(std::string_view secret, std::span<const std::string_view> parts) {
    // A null key would mean "the key of the last time".
    const auto key = secret.empty() ? std::string_view{""} : secret;
    require(EVP_MAC_init(context_, as_bytes(key), key.size(), nullptr), "HMAC-SHA256 failed");
    for (auto part : parts)
      require(EVP_MAC_update(context_, as_bytes(part), part.size()), "HMAC-SHA256 failed");
    std::array<unsigned char, sha256_size> bytes{};
    std::size_t size = 0;
    require(EVP_MAC_final(context_, bytes.data(), &size, bytes.size()) && size == bytes.size(),
            "HMAC-SHA256 failed");
    return to_hex(bytes);
  }

private:
  EVP_MAC_CTX* context_ = nullptr;
};

sha256_hex sign(std::string_view secret, std::span<const std::string_view> parts) {
  thread_local hmac_engine engine;
  return engine.hex(secret, parts);
}

/// Finds a digest in a library context of its own: where the machine's configuration allows FIPS
/// algorithms only, MD5 is still there for what is no security, the check sum of a body. Lives as
/// long as the process.
EVP_MD* fetch_digest(const char* name) {
  auto* context = OSSL_LIB_CTX_new();
  require(context && OSSL_PROVIDER_load(context, "default"),
          "OpenSSL's default provider is missing");
  auto* digest = EVP_MD_fetch(context, name, nullptr);
  require(digest != nullptr, "OpenSSL lacks a digest that the protocol needs");
  return digest;
}

template <std::size_t Size>
std::array<unsigned char, Size> digest_of(const EVP_MD* digest, std::string_view data) {
  std::array<unsigned char, Size> bytes{};
  unsigned size = 0;
  require(EVP_Digest(data.data(), data.size(), bytes.data(), &size, digest, nullptr)
              && size == Size,
          "computing a digest failed");
  return bytes;
}

/// What is signed for a channel subscription; the last two parts are empty without channel data.
std::array<std::string_view, 5> channel_parts(std::string_view socket_id, std::string_view channel,
                                              std::string_view channel_data) noexcept {
  return {socket_id, ":", channel, channel_data.empty() ? "" : ":", channel_data};
}

std::array<std::string_view, 3> user_parts(std::string_view socket_id,
                                           std::string_view user_data) noexcept {
  return {socket_id, "::user::", user_data};
}

std::string make_auth(std::string_view key, std::string_view secret,
                      std::span<const std::string_view> parts) {
  const auto hex = sign(secret, parts);
  std::string auth;
  auth.reserve(key.size() + 1 + hex.size());
  return auth.append(key).append(1, ':').append(view(hex));
}

bool verify_auth(std::string_view auth, std::string_view key, std::string_view secret,
                 std::span<const std::string_view> parts) {
  const auto head = key.size() + 1;
  if (auth.size() != head + sha256_hex{}.size() || !auth.starts_with(key)
      || auth[key.size()] != ':')
    return false;  // the key is no secret
  return constant_time_equal(auth.substr(head), view(sign(secret, parts)));
}

constexpr bool is_base64_character(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+'
         || c == '/';
}

}  // namespace

std::string hmac_sha256_hex(std::string_view secret,
                            std::initializer_list<std::string_view> parts) {
  return std::string{view(sign(secret, {parts.begin(), parts.size()}))};
}

std::string md5_hex(std::string_view data) {
  static const auto* const md5 = fetch_digest("MD5");
  return std::string{view(to_hex(digest_of<md5_size>(md5, data)))};
}

std::string base64(std::string_view bytes) {
  // EVP_EncodeBlock counts in int and writes a zero behind the text; pieces of whole triples join
  // without padding.
  constexpr std::size_t piece_max = 3u << 20;
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4 + 1);
  for (std::size_t from = 0; from < bytes.size(); from += piece_max) {
    const auto piece = bytes.substr(from, piece_max);
    const auto start = text.size();
    text.resize(start + (piece.size() + 2) / 3 * 4 + 1);
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data() + start), as_bytes(piece),
                    static_cast<int>(piece.size()));
    text.pop_back();
  }
  return text;
}

std::string websocket_accept(std::string_view key) {
  static const auto* const sha1 = fetch_digest("SHA1");
  std::string text{key};
  text += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  const auto bytes = digest_of<sha1_size>(sha1, text);
  return base64({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

bool is_websocket_key(std::string_view key) noexcept {
  constexpr std::size_t digits =
      22;  // 16 bytes are 21 digits of six bits and one of which two count
  return key.size() == digits + 2 && key.ends_with("==")
         && std::ranges::all_of(key.substr(0, digits), is_base64_character);
}

bool constant_time_equal(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string channel_auth(std::string_view key, std::string_view secret, std::string_view socket_id,
                         std::string_view channel, std::string_view channel_data) {
  return make_auth(key, secret, channel_parts(socket_id, channel, channel_data));
}

std::string user_auth(std::string_view key, std::string_view secret, std::string_view socket_id,
                      std::string_view user_data) {
  return make_auth(key, secret, user_parts(socket_id, user_data));
}

bool verify_channel_auth(std::string_view auth, std::string_view key, std::string_view secret,
                         std::string_view socket_id, std::string_view channel,
                         std::string_view channel_data) {
  return verify_auth(auth, key, secret, channel_parts(socket_id, channel, channel_data));
}

bool verify_user_auth(std::string_view auth, std::string_view key, std::string_view secret,
                      std::string_view socket_id, std::string_view user_data) {
  return verify_auth(auth, key, secret, user_parts(socket_id, user_data));
}

}  // namespace grapevine::protocol
