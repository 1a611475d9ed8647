#define CAF_SUITE broadcast.authorization

#include "broadcast/authorization.hpp"

#include "protocol/signature.hpp"

#include "caf/test/dsl.hpp"

using namespace grapevine;
using namespace grapevine::broadcasting;

namespace {

// The credentials and the socket of Pusher's documentation (protocol.md 6).
const signing_key doc{"278d425bdf160c739803", "7ad3773142a6692b25b8", {}};
constexpr std::string_view socket = "1234.1234";

constexpr std::string_view master_base64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

signing_key with_master() {
  auto key = doc;
  CAF_REQUIRE(decode_base64(master_base64, key.encryption_master_key));
  return key;
}

}  // namespace

CAF_TEST(a private channel is signed as the documentation shows) {
  const auto answer = sign(doc, "42", {true, std::nullopt}, socket, "private-foobar");
  CAF_CHECK_EQUAL(answer.status, 200);
  CAF_CHECK_EQUAL(
      answer.body,
      (json{{"auth", "278d425bdf160c739803:"
                     "58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4"}}));
}

CAF_TEST(a presence channel is signed together with the member it names) {
  const auto answer =
      sign(doc, "10", {true, json{{"name", "Mr. Channels"}}}, socket, "presence-foobar");
  const auto member = answer.body.at("channel_data").get<std::string>();
  CAF_CHECK_EQUAL(json::parse(member),
                  (json{{"user_id", "10"}, {"user_info", {{"name", "Mr. Channels"}}}}));
  CAF_CHECK(protocol::verify_channel_auth(answer.body.at("auth").get<std::string>(), doc.key,
                                          doc.secret, socket, "presence-foobar", member));
}

CAF_TEST(a member without information has an id alone) {
  const auto answer = sign(doc, "10", {true, std::nullopt}, socket, "presence-foobar");
  CAF_CHECK_EQUAL(answer.body.at("channel_data").get<std::string>(), R"({"user_id":"10"})");
}

CAF_TEST(information about a member does not go to a private channel) {
  const auto answer = sign(doc, "10", {true, json{{"name", "x"}}}, socket, "private-foobar");
  CAF_CHECK(!answer.body.contains("channel_data"));
}

CAF_TEST(an encrypted channel gets the secret that its key and name make) {
  const auto answer =
      sign(with_master(), "42", {true, std::nullopt}, socket, "private-encrypted-vault");
  // base64(SHA-256("private-encrypted-vault" and the bytes 0 to 31)), by python's hashlib.
  CAF_CHECK_EQUAL(answer.body.at("shared_secret").get<std::string>(),
                  "wp8Orjt2S4H4n8dDP7pa2A9reduRTTedbaiVnjqomsc=");
  CAF_CHECK(answer.body.contains("auth"));
}

CAF_TEST(without a master key there is no answer for an encrypted channel) {
  const auto answer = sign(doc, "42", {true, std::nullopt}, socket, "private-encrypted-vault");
  CAF_CHECK_EQUAL(answer.status, 500);
  CAF_CHECK(!answer.body.contains("auth"));
}

CAF_TEST(without a key nothing is signed) {
  CAF_CHECK_EQUAL(sign({}, "42", {true, std::nullopt}, socket, "private-foobar").status, 500);
  CAF_CHECK_EQUAL(sign({"key", "", {}}, "42", {true, std::nullopt}, socket, "private-x").status,
                  500);
}

CAF_TEST(text that is not UTF - 8 is replaced and does not throw) {
  const auto answer = sign(doc, "\xff", {true, json{{"name", "\xfe"}}}, socket, "presence-foobar");
  CAF_CHECK_EQUAL(answer.status, 200);
  const auto member = json::parse(answer.body.at("channel_data").get<std::string>());
  CAF_CHECK_EQUAL(member.at("user_id").get<std::string>(), "\xef\xbf\xbd");
}

CAF_TEST(base64 is read strictly) {
  std::string bytes = "before";
  for (auto wrong :
       {"", "a", "abc", "abcde", "ab=c", "a===", "====", " YWI=", "YWI=\n", "YW-=", "YWJ="})
    CAF_CHECK(!decode_base64(wrong, bytes));
  CAF_CHECK_EQUAL(bytes, "before");
  CAF_CHECK(decode_base64("YQ==", bytes));
  CAF_CHECK_EQUAL(bytes, "a");
  CAF_CHECK(decode_base64("YWI=", bytes));
  CAF_CHECK_EQUAL(bytes, "ab");
  CAF_CHECK(decode_base64("YWJj", bytes));
  CAF_CHECK_EQUAL(bytes, "abc");
}
