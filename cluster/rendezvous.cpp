#include "cluster/rendezvous.hpp"

#include "cluster/random.hpp"

namespace grapevine::cluster {

std::uint64_t name_hash(std::string_view name) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : name)
    hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3u;
  return hash;
}

std::uint64_t rendezvous_weight(std::uint64_t name_hash, std::uint64_t key) noexcept {
  return mix(name_hash ^ mix(key));
}

}  // namespace grapevine::cluster
