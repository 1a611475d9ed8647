#define CAF_SUITE broadcast.encryption

#include "broadcast/encryption.hpp"

#include "broadcast/authorization.hpp"
#include "fake_transport.hpp"

#include <grapevine/broadcast.hpp>

#include "caf/test/dsl.hpp"

#include <set>

using namespace grapevine;
using namespace grapevine::broadcasting;

namespace {

constexpr std::string_view master_base64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

std::string master() {
  std::string key;
  CAF_REQUIRE(decode_base64(master_base64, key));
  return key;
}

broadcast_item item(std::vector<std::string> channels, std::string data = R"({"n":1})") {
  return {std::move(channels), "filed", std::move(data), {}, "grapevine", {}};
}

// The bytes 100 to 123.
encryption_nonce counted_nonce() {
  encryption_nonce nonce{};
  for (std::size_t i = 0; i < nonce.size(); ++i)
    nonce[i] = static_cast<unsigned char>(100 + i);
  return nonce;
}

bool is_encrypted(const broadcast_item& one) {
  const auto data = json::parse(one.data);
  return data.size() == 2 && data.contains("nonce") && data.contains("ciphertext");
}

}  // namespace

CAF_TEST(a box has the bytes that the Node SDK makes with the same nonce) {
  // pusher 5.3.4 with tweetnacl, by secretbox(JSON.stringify(data), nonce,
  // channelSharedSecret(channel)).
  const std::vector<std::pair<std::string, std::string>> known{
      {R"({"order_id":7,"status":"shipped"})",
       "HJxz5HESIKWsapGiV6g9vatj04AUVtCdK4Ry0GzyWZ+DeTOwNPz2fRENWJrZC9Epbg=="},
      {R"("grün")", "rbWvzDxubsbRZ9VDRyVjk/ImzjHMXYA="},
      {R"("")", "fnoGBT9hDNKq2krUdBUvH/Jj"}};
  for (const auto& [text, box] : known)
    CAF_CHECK_EQUAL(encrypted_data(text, "private-encrypted-vault", master(), counted_nonce()),
                    R"({"nonce":"ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7","ciphertext":")" + box
                        + R"("})");
}

CAF_TEST(the channel and the master key both make the key) {
  const auto box = encrypted_data("{}", "private-encrypted-a", master(), counted_nonce());
  CAF_CHECK(box != encrypted_data("{}", "private-encrypted-b", master(), counted_nonce()));
  CAF_CHECK(box
            != encrypted_data("{}", "private-encrypted-a", std::string(32, 'k'), counted_nonce()));
}

CAF_TEST(no nonce is used twice) {
  std::set<std::string> nonces;
  for (int i = 0; i < 1'000; ++i) {
    auto one = item({"private-encrypted-vault"});
    CAF_REQUIRE(encrypt(one, master()).ok());
    nonces.insert(json::parse(one.data).at("nonce").get<std::string>());
  }
  CAF_CHECK_EQUAL(nonces.size(), 1'000u);
}

CAF_TEST(a cache channel that is encrypted is one of them and names that look like one are not ) {
  auto cache = item({"private-encrypted-cache-state"});
  CAF_CHECK(encrypt(cache, master()).ok());
  CAF_CHECK(is_encrypted(cache));
  for (auto name :
       {"private-vault", "private-encrypted", "encrypted-vault", "presence-encrypted-x"}) {
    auto plain = item({name});
    CAF_CHECK(encrypt(plain, master()).ok());
    CAF_CHECK_EQUAL(plain, item({name}));
  }
}

CAF_TEST(an event for an encrypted channel is for no other) {
  for (const auto& channels :
       {std::vector<std::string>{"private-encrypted-a", "orders"},
        std::vector<std::string>{"orders", "private-encrypted-a"},
        std::vector<std::string>{"private-encrypted-a", "private-encrypted-b"}}) {
    auto one = item(channels);
    const auto result = encrypt(one, master());
    CAF_CHECK_EQUAL(result.code(), broadcast_errc::bad_event);
    CAF_CHECK_EQUAL(result.message(), "An event for the encrypted channel \"private-encrypted-a\" "
                                      "can be for no other channel");
  }
}

CAF_TEST(without a key nothing is sent in plain) {
  fake_broadcaster keyless;
  const auto result =
      keyless.handle().channel("private-encrypted-vault").broadcast("filed", {{"n", 1}});
  CAF_CHECK_EQUAL(result.code(), broadcast_errc::misconfigured);
  CAF_CHECK_EQUAL(result.message(),
                  "The encrypted channel \"private-encrypted-vault\" needs encryption_master_key");
  CAF_CHECK(keyless.side->sent().empty());
}

CAF_TEST(every way out carries the box) {
  fake_broadcaster cast{{.encryption_master_key = std::string{master_base64}}};
  const auto to = cast.handle();
  CAF_CHECK(to.channel("private-encrypted-a").broadcast("filed", {{"n", 1}}).ok());
  CAF_CHECK(to.driver("other").channel("private-encrypted-b").broadcast("filed").ok());
  CAF_CHECK(to.on_queue("mail").channel("private-encrypted-c").broadcast("filed").ok());
  auto batch = to.batch();
  batch.broadcast("private-encrypted-d", "filed", {{"n", 1}});
  batch.broadcast("orders", "filed", {{"n", 1}});
  CAF_CHECK(batch.send().ok());
  CAF_REQUIRE(to.flush(std::chrono::seconds{10}));
  const auto sent = cast.side->sent();
  CAF_REQUIRE_EQUAL(sent.size(), 5u);
  for (const auto& one : sent)
    CAF_CHECK_EQUAL(is_encrypted(one), one.channels.front() != "orders");
}

CAF_TEST(an event that is tried again is not encrypted again) {
  fake_broadcaster cast{
      {.encryption_master_key = std::string{master_base64},
       .default_queue = {.retry = {.first_delay = std::chrono::milliseconds{1}}}}};
  std::vector<std::string> seen;
  cast.side->answer_with([&](const broadcast_item& one) {
    seen.push_back(one.data);
    return seen.size() < 3 ? broadcast_result{broadcast_errc::unreachable, "away"}
                           : broadcast_result{};
  });
  CAF_CHECK(cast.handle().on_queue("mail").channel("private-encrypted-a").broadcast("filed").ok());
  CAF_REQUIRE(cast.handle().flush(std::chrono::seconds{10}));
  CAF_REQUIRE_EQUAL(seen.size(), 3u);
  CAF_CHECK_EQUAL(seen[0], seen[1]);
  CAF_CHECK_EQUAL(seen[1], seen[2]);
}
