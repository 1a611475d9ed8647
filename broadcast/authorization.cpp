#include "broadcast/authorization.hpp"

#include "base/json_text.hpp"
#include "protocol/channel_name.hpp"
#include "protocol/signature.hpp"

#include <openssl/evp.h>

#include <utility>

namespace grapevine::broadcasting {

namespace {

std::string member_text(std::string_view user_id, const detail::verdict& said) {
  json member{{"user_id", user_id}};
  if (said.info)
    member["user_info"] = *said.info;
  return base::json_text(member);
}

}  // namespace

std::string channel_key(std::string_view channel, std::string_view master_key) {
  std::string key(channel_key_size, '\0');
  const auto input = std::string{channel}.append(master_key);
  EVP_Digest(input.data(), input.size(), reinterpret_cast<unsigned char*>(key.data()), nullptr,
             EVP_sha256(), nullptr);
  return key;
}

std::string shared_secret(std::string_view channel, std::string_view master_key) {
  return protocol::base64(channel_key(channel, master_key));
}

bool decode_base64(std::string_view text, std::string& out) {
  if (text.empty() || text.size() % 4 != 0)
    return false;
  std::string bytes(text.size() / 4 * 3, '\0');
  const auto size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                    reinterpret_cast<const unsigned char*>(text.data()),
                                    static_cast<int>(text.size()));
  const auto padding = static_cast<std::size_t>(text.ends_with("==")  ? 2
                                                : text.ends_with('=') ? 1
                                                                      : 0);
  if (size < 0)
    return false;
  bytes.resize(static_cast<std::size_t>(size) - padding);
  // OpenSSL passes over white space around the text.
  if (protocol::base64(bytes) != text)
    return false;
  out = std::move(bytes);
  return true;
}

auth_answer refuse_auth(int status, std::string_view error, std::string reason) {
  return {status, json{{"error", error}}, std::move(reason)};
}

auth_answer sign(const signing_key& with, std::string_view user_id, const detail::verdict& said,
                 std::string_view socket_id, std::string_view channel) {
  if (with.key.empty() || with.secret.empty())
    return refuse_auth(500, "The endpoint is not configured", "there is no app key to sign with");
  const auto type = protocol::classify(channel);
  const auto member = type.presence() ? member_text(user_id, said) : std::string{};
  auth_answer answer{200, json::object(), {}};
  answer.body["auth"] = protocol::channel_auth(with.key, with.secret, socket_id, channel, member);
  if (type.presence())
    answer.body["channel_data"] = member;
  if (type.encrypted) {
    if (with.encryption_master_key.size() != master_key_size)
      return refuse_auth(500, "The endpoint is not configured",
                         "an encrypted channel needs an encryption_master_key of 32 bytes");
    answer.body["shared_secret"] = shared_secret(channel, with.encryption_master_key);
  }
  return answer;
}

}  // namespace grapevine::broadcasting
