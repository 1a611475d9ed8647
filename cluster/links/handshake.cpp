#include "cluster/links/handshake.hpp"

#include "cluster/wire/frame_codec.hpp"
#include "cluster/wire/wire.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace grapevine::cluster {

namespace {

std::array<std::uint8_t, 32> hmac_sha256(std::string_view key, std::string_view text) {
  std::array<std::uint8_t, 32> result{};
  unsigned size = 0;
  // A libcrypto without HMAC-SHA256 cannot serve a cluster at all, so this is no expected failure.
  if (!HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
            reinterpret_cast<const unsigned char*>(text.data()), text.size(), result.data(), &size)
      || size != result.size())
    throw std::runtime_error{"HMAC-SHA256 failed"};
  return result;
}

/// A host that can be dialled and stand in a log line.
bool valid_host(std::string_view host) {
  const auto visible = [](char c) { return c > ' ' && c < 0x7f; };
  return !host.empty() && host.size() <= 255 && std::ranges::all_of(host, visible);
}

bool valid(const node_info& info) {
  return valid_node_name(info.name) && info.epoch != 0 && valid_host(info.address.host)
         && info.address.port != 0;
}

}  // namespace

handshake::handshake(role side, const handshake_settings& settings, const nonce& fresh,
                     std::string tls_binding)
    : side_{side}, cluster_name_{settings.cluster_name}, secrets_{settings.secrets},
      tls_binding_{std::move(tls_binding)}, ours_{settings.proto_min, settings.proto_max, fresh} {
  if (secrets_.empty())
    secrets_.emplace_back();
}

frame handshake::start() const {
  return ours_;
}

handshake::step handshake::on_frame(const frame& arrived, const node_info& self, bool has_link) {
  if (const auto* bye = std::get_if<bye_frame>(&arrived))
    return refuse(bye->reason);
  const auto* hello = std::get_if<hello_frame>(&arrived);
  if (hello && state_ == state::awaits_hello)
    return on_hello(*hello, self, has_link);
  const auto* proof_of_peer = std::get_if<proof_frame>(&arrived);
  if (proof_of_peer && state_ == state::awaits_proof)
    return on_proof(*proof_of_peer, self, has_link);
  return refuse(bye_reason::protocol);
}

bool handshake::done() const noexcept {
  return state_ == state::admitted;
}

handshake::role handshake::side() const noexcept {
  return side_;
}

std::uint16_t handshake::protocol() const noexcept {
  return protocol_;
}

handshake::step handshake::on_hello(const hello_frame& hello, const node_info& self,
                                    bool has_link) {
  // Nobody has our nonce but somebody who echoes it.
  if (hello.nonce == ours_.nonce || hello.proto_min > hello.proto_max)
    return refuse(bye_reason::protocol);
  const auto common = std::min(hello.proto_max, ours_.proto_max);
  if (common < std::max(hello.proto_min, ours_.proto_min))
    return refuse(bye_reason::version);
  theirs_ = hello;
  protocol_ = common;
  state_ = state::awaits_proof;
  step result;
  if (side_ == role::dialler)
    result.send.emplace_back(proof(secrets_.front(), self, has_link));
  return result;
}

handshake::step handshake::on_proof(const proof_frame& theirs, const node_info& self,
                                    bool has_link) {
  const auto* secret = proven_by(theirs);
  if (!secret || !valid(theirs.info) || theirs.info.proto_min != theirs_.proto_min
      || theirs.info.proto_max != theirs_.proto_max)
    return refuse(bye_reason::protocol);
  state_ = state::admitted;
  step result;
  result.admitted = true;
  result.peer = theirs.info;
  result.peer_has_link = theirs.has_link;
  // With the dialler's secret: our first may be one that it does not know yet.
  if (side_ == role::acceptor)
    result.send.emplace_back(proof(*secret, self, has_link));
  return result;
}

handshake::step handshake::refuse(bye_reason reason) {
  state_ = state::refused;
  step result;
  result.refused = reason;
  return result;
}

proof_frame handshake::proof(std::string_view secret, const node_info& self, bool has_link) const {
  proof_frame ours{{}, self, has_link};
  ours.info.proto_min = ours_.proto_min;
  ours.info.proto_max = ours_.proto_max;
  ours.hmac = hmac_sha256(secret, transcript(side_, ours));
  return ours;
}

std::string handshake::transcript(role sender, const proof_frame& proof_of_sender) const {
  const auto dials = side_ == role::dialler;
  std::string text;
  wire_writer writer{text};
  writer.literal("gv1");
  writer.text(cluster_name_);
  writer.u8(sender == role::dialler ? 'D' : 'A');
  writer.raw(dials ? ours_.nonce : theirs_.nonce);
  writer.raw(dials ? theirs_.nonce : ours_.nonce);
  writer.text(tls_binding_);
  writer.text(std::string_view{encoded(proof_of_sender)}.substr(frame_head_bytes + sizeof(hmac)));
  return text;
}

const std::string* handshake::proven_by(const proof_frame& theirs) const {
  const auto text = transcript(side_ == role::dialler ? role::acceptor : role::dialler, theirs);
  for (const auto& secret : secrets_) {
    const auto right = hmac_sha256(secret, text);
    if (CRYPTO_memcmp(right.data(), theirs.hmac.data(), right.size()) == 0)
      return &secret;
  }
  return nullptr;
}

}  // namespace grapevine::cluster
