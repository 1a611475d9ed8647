#define CAF_SUITE protocol.signature

#include "protocol/signature.hpp"

#include <rapidcheck.h>

#include "caf/test/dsl.hpp"

#include <string>
#include <thread>
#include <vector>

using namespace grapevine::protocol;
using namespace std::string_view_literals;

namespace {

constexpr auto doc_key = "278d425bdf160c739803"sv;
constexpr auto doc_secret = "7ad3773142a6692b25b8"sv;
constexpr auto doc_socket = "1234.1234"sv;

constexpr auto key = "gv-demo-key"sv;
constexpr auto secret = "gv-demo-secret"sv;
constexpr auto socket_id = "4242.777"sv;

std::string auth_of(std::string_view app_key, std::string_view hex) {
  return std::string{app_key} + ':' + std::string{hex};
}

}  // namespace

CAF_TEST(the hash functions agree with the standards) {
  // RFC 4231, case 2; RFC 1321, A.5; RFC 4648, section 10; RFC 6455, section 1.3.
  CAF_CHECK_EQUAL(hmac_sha256_hex("Jefe", {"what do ya want ", "for nothing?"}),
                  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CAF_CHECK_EQUAL(hmac_sha256_hex("", {}),
                  "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  CAF_CHECK_EQUAL(hmac_sha256_hex({}, {{}}), hmac_sha256_hex("", {}));
  CAF_CHECK_EQUAL(md5_hex(""), "d41d8cd98f00b204e9800998ecf8427e");
  CAF_CHECK_EQUAL(md5_hex("message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
  CAF_CHECK_EQUAL(websocket_accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

CAF_TEST(a secret of the call before is not kept) {
  const auto before = hmac_sha256_hex("one", {"text"});
  CAF_CHECK_NOT_EQUAL(hmac_sha256_hex("two", {"text"}), before);
  CAF_CHECK_NOT_EQUAL(hmac_sha256_hex("", {"text"}), before);
  CAF_CHECK_EQUAL(hmac_sha256_hex("one", {"te", "", "xt"}), before);
}

CAF_TEST(threads sign independently of each other) {
  const auto expected = hmac_sha256_hex(secret, {"text"});
  const auto expected_md5 = md5_hex("text");
  std::vector<int> wrong(4, 0);
  std::vector<std::thread> threads;
  for (auto& count : wrong)
    threads.emplace_back([&count, &expected, &expected_md5] {
      for (int i = 0; i < 500; ++i)
        if (hmac_sha256_hex(secret, {"te", "xt"}) != expected || md5_hex("text") != expected_md5)
          ++count;
    });
  for (auto& thread : threads)
    thread.join();
  for (auto count : wrong)
    CAF_CHECK_EQUAL(count, 0);
}

CAF_TEST(base64 pads to whole groups) {
  struct {
    std::string_view bytes;
    std::string_view text;
  } cases[] = {{"", ""},
               {"f", "Zg=="},
               {"fo", "Zm8="},
               {"foo", "Zm9v"},
               {"foob", "Zm9vYg=="},
               {"fooba", "Zm9vYmE="},
               {"foobar", "Zm9vYmFy"},
               {"\xff\xfe\x00"sv, "//4A"}};
  for (const auto& c : cases)
    CAF_CHECK_EQUAL(base64(c.bytes), c.text);
}

CAF_TEST(long texts are encoded without a seam) {
  const std::string bytes((3u << 20) + 4, '\0');
  const auto text = base64(bytes);
  CAF_REQUIRE_EQUAL(text.size(), (bytes.size() + 2) / 3 * 4);
  CAF_CHECK_EQUAL(text.find_first_not_of('A'), text.size() - 2);
  CAF_CHECK(text.ends_with("=="));
}

CAF_TEST(a WebSocket key is the base64 of 16 bytes) {
  for (auto good :
       {"dGhlIHNhbXBsZSBub25jZQ==", "AAAAAAAAAAAAAAAAAAAAAA==", "+/+/+/+/+/+/+/+/+/+/+w=="})
    CAF_CHECK(is_websocket_key(good));
  for (auto bad :
       {"", "==", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZXk=",
        "dGhlIHNhbXBsZSBub25j-Q==", "dGhlIHNhbXBsZSBub25jZQ==x",
        "dGhlIHNhbXBsZSBub25=ZQ==", "dGhlIHNhbXBsZSBub25jZQAAAA=="})
    CAF_CHECK(!is_websocket_key(bad));
}

CAF_TEST(texts are equal only when all of them is) {
  CAF_CHECK(constant_time_equal("", {}));
  CAF_CHECK(constant_time_equal("abc", "abc"));
  CAF_CHECK(!constant_time_equal("abc", "abd"));
  CAF_CHECK(!constant_time_equal("abc", "ab"));
  CAF_CHECK(!constant_time_equal("a\0b"sv, "a\0c"sv));
}

CAF_TEST(the examples of the Pusher documentation come out) {
  CAF_CHECK_EQUAL(
      channel_auth(doc_key, doc_secret, doc_socket, "private-foobar"),
      auth_of(doc_key, "58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4"));
  CAF_CHECK_EQUAL(
      user_auth(doc_key, doc_secret, doc_socket, R"({"id":"12345"})"),
      auth_of(doc_key, "4708d583dada6a56435fb8bc611c77c359a31eebde13337c16ab43aa6de336ba"));
  CAF_CHECK_EQUAL(
      channel_auth(doc_key, doc_secret, doc_socket, "presence-foobar",
                   R"({"user_id":10,"user_info":{"name":"Mr. Channels"}})"),
      auth_of(doc_key, "31935e7d86dba64c2a90aed31fdc61869f9b22ba9d8863bba239c03ca481bc80"));
  CAF_CHECK_EQUAL(
      channel_auth(doc_key, doc_secret, doc_socket, "presence-foobar",
                   R"({"user_id":10,"user_info":{"name":"Mr. Pusher"}})"),
      auth_of(doc_key, "afaed3695da2ffd16931f457e338e6c9f2921fa133ce7dac49f529792be6304c"));
}

CAF_TEST(our own vectors come out and verify) {
  struct {
    std::string_view channel;
    std::string_view channel_data;
    std::string_view hex;
  } cases[] = {
      {"private-orders.7", "", "11230832aed97b237532fcf1f16ccc54283c396b02b4ef96a4f10c6be2062d5d"},
      {"private-encrypted-vault", "",
       "1a2e963399aa8c392c6d6a34513e377b42489e3ab7b3ba923a40118a896af43a"},
      {"presence-room.1", R"({"user_id":"42","user_info":{"name":"Ada"}})",
       "a0c686c64f2676b7b255e87a9daee08f2c8f67414ac683d512f7ae6e9e95c713"},
  };
  for (const auto& c : cases) {
    CAF_MESSAGE(c.channel);
    const auto auth = channel_auth(key, secret, socket_id, c.channel, c.channel_data);
    CAF_CHECK_EQUAL(auth, auth_of(key, c.hex));
    CAF_CHECK(verify_channel_auth(auth, key, secret, socket_id, c.channel, c.channel_data));
  }
  const auto user_data = R"({"id":"42","user_info":{"name":"Ada"},"watchlist":["7","9"]})"sv;
  const auto auth = user_auth(key, secret, socket_id, user_data);
  CAF_CHECK_EQUAL(auth,
                  auth_of(key, "9e618f8d7e7dd99e23aafee7e16981dd11430350fb2027b2fc48a2d60b28e390"));
  CAF_CHECK(verify_user_auth(auth, key, secret, socket_id, user_data));
}

CAF_TEST(a webhook body is signed as it is) {
  const auto body =
      R"({"time_ms":1700000000123,"events":[{"name":"channel_occupied","channel":"private-orders.7"}]})"sv;
  CAF_CHECK_EQUAL(hmac_sha256_hex(secret, {body}),
                  "3551fc6d31fe467c45562c31a55a64a48c60cc92b1d30df1058566ed4dd635fd");
}

CAF_TEST(channel data is verified as it was sent and not as it would be encoded again) {
  const auto escaped = R"({"user_id":"42","user_info":{"url":"https:\/\/example.test"}})"sv;
  const auto plain = R"({"user_id":"42","user_info":{"url":"https://example.test"}})"sv;
  const auto auth =
      auth_of(key, "47d198711a944596d6142ce63085d9a86f40f6225f06462ce26e3a75adc51a58");
  CAF_CHECK(verify_channel_auth(auth, key, secret, socket_id, "presence-room.1", escaped));
  CAF_CHECK(!verify_channel_auth(auth, key, secret, socket_id, "presence-room.1", plain));
  CAF_CHECK_EQUAL(channel_auth(key, secret, socket_id, "presence-room.1", plain),
                  auth_of(key, "d785ca82e7ae2693bc8c51d0f819960043a7341526cc8250cd9615722f3bcc3f"));
}

CAF_TEST(a signature holds for its socket and channel and data and app alone) {
  const auto auth = channel_auth(key, secret, socket_id, "private-a", "x");
  CAF_CHECK(verify_channel_auth(auth, key, secret, socket_id, "private-a", "x"));
  CAF_CHECK(!verify_channel_auth(auth, key, secret, "4242.778", "private-a", "x"));
  CAF_CHECK(!verify_channel_auth(auth, key, secret, socket_id, "private-b", "x"));
  CAF_CHECK(!verify_channel_auth(auth, key, secret, socket_id, "private-a", "y"));
  CAF_CHECK(!verify_channel_auth(auth, key, secret, socket_id, "private-a"));
  CAF_CHECK(!verify_channel_auth(auth, "gv-demo-kez", secret, socket_id, "private-a", "x"));
  CAF_CHECK(!verify_channel_auth(auth, key, "other", socket_id, "private-a", "x"));
  CAF_CHECK(!verify_user_auth(auth, key, secret, socket_id, "x"));
}

CAF_TEST(what has not the form of an auth is refused) {
  const auto hex = hmac_sha256_hex(secret, {socket_id, ":private-a"});
  const auto good = auth_of(key, hex);
  CAF_REQUIRE(verify_channel_auth(good, key, secret, socket_id, "private-a"));
  std::string upper = hex;
  for (char& c : upper)
    c = c >= 'a' ? static_cast<char>(c - 32) : c;
  for (const auto& bad :
       {std::string{}, std::string{":"}, hex, ':' + hex, std::string{key}, std::string{key} + ':',
        good + '0', good.substr(0, good.size() - 1), auth_of(key, upper),
        std::string{key} + '.' + hex, ' ' + good, good + '\n'})
    CAF_CHECK(!verify_channel_auth(bad, key, secret, socket_id, "private-a"));
}

CAF_TEST(no changed signature verifies) {
  const auto auth = channel_auth(key, secret, socket_id, "private-a");
  auto holds = rc::check([&] {
    auto changed = auth;
    const auto at = *rc::gen::inRange<std::size_t>(0, auth.size());
    changed[at] =
        *rc::gen::suchThat(rc::gen::arbitrary<char>(), [&](char c) { return c != auth[at]; });
    RC_ASSERT(!verify_channel_auth(changed, key, secret, socket_id, "private-a"));
  });
  CAF_CHECK(holds);
}
