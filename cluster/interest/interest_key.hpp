#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace grapevine::cluster {

using siphash_key = std::array<std::uint8_t, 16>;

/// SipHash-2-4 (Aumasson & Bernstein 2012) of the bytes of `text`. Called by many threads at once.
std::uint64_t siphash(const siphash_key& key, std::string_view text);

/// Names a channel between nodes: SipHash-2-4 of app id, a zero byte and the channel's name. Nodes
/// of one cluster agree because the hash key, the first half of SHA-256("grapevine channel key" |
/// cluster name), is derived from the cluster's name. A collision costs one event that finds no
/// subscriber; it cannot deliver wrongly, since events carry the whole name.
class interest_key_hasher {
public:
  explicit interest_key_hasher(std::string_view cluster_name);
  std::uint64_t operator()(std::string_view app_id, std::string_view channel) const;

private:
  siphash_key key_{};
};

}  // namespace grapevine::cluster
