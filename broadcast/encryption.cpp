#include "broadcast/encryption.hpp"

#include "base/json_text.hpp"
#include "broadcast/authorization.hpp"
#include "protocol/channel_name.hpp"
#include "protocol/signature.hpp"

#include <openssl/rand.h>
#ifdef GRAPEVINE_HAS_SODIUM
#include <sodium/core.h>
#include <sodium/crypto_secretbox.h>
#endif

#include <algorithm>
#include <tuple>
#include <utility>

namespace grapevine::broadcasting {

namespace {

#ifdef GRAPEVINE_HAS_SODIUM

static_assert(std::tuple_size_v<encryption_nonce> == crypto_secretbox_NONCEBYTES);
static_assert(channel_key_size == crypto_secretbox_KEYBYTES);

/// XSalsa20 and Poly1305; OpenSSL has no Salsa20.
std::string secretbox(std::string_view text, const std::string& key,
                      const encryption_nonce& nonce) {
  if (sodium_init() < 0)
    return {};
  std::string box(text.size() + crypto_secretbox_MACBYTES, '\0');
  crypto_secretbox_easy(reinterpret_cast<unsigned char*>(box.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                        nonce.data(), reinterpret_cast<const unsigned char*>(key.data()));
  return box;
}

#else

std::string secretbox(std::string_view, const std::string&, const encryption_nonce&) {
  return {};
}

#endif

}  // namespace

std::string encrypted_data(std::string_view data, std::string_view channel,
                           std::string_view master_key, const encryption_nonce& nonce) {
  const auto box = secretbox(data, channel_key(channel, master_key), nonce);
  if (box.empty())
    return {};
  const std::string_view nonce_bytes{reinterpret_cast<const char*>(nonce.data()), nonce.size()};
  return R"({"nonce":")" + protocol::base64(nonce_bytes) + R"(","ciphertext":")"
         + protocol::base64(box) + R"("})";
}

broadcast_result encrypt(broadcast_item& item, std::string_view master_key) {
  const auto found = std::find_if(item.channels.begin(), item.channels.end(), [](const auto& name) {
    return protocol::classify(name).encrypted;
  });
  if (found == item.channels.end())
    return {};
  if (item.channels.size() > 1)
    return {broadcast_errc::bad_event, "An event for the encrypted channel "
                                           + base::json_quoted(*found)
                                           + " can be for no other channel"};
  if (master_key.size() != master_key_size)
    return {broadcast_errc::misconfigured,
            "The encrypted channel " + base::json_quoted(*found) + " needs encryption_master_key"};
  encryption_nonce nonce{};
  if (RAND_bytes(nonce.data(), static_cast<int>(nonce.size())) != 1)
    return {broadcast_errc::failed, "There are no random bytes to encrypt with"};
  auto data = encrypted_data(item.data, *found, master_key, nonce);
  if (data.empty())
    return {broadcast_errc::unsupported,
            "Encrypted channels need libsodium, which is not there or does not work"};
  item.data = std::move(data);
  return {};
}

}  // namespace grapevine::broadcasting
