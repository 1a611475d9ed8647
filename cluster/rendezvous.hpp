#pragma once

#include <cstdint>
#include <string_view>

namespace grapevine::cluster {

/// Rendezvous hashing (Thaler & Ravishankar 1998): of several nodes the one with the highest weight
/// for a key acts for it. All nodes that know the same candidates find the same one, a restart
/// gives it back, and a change of candidates moves only the keys that have to move.

/// FNV-1a of a node's name, the same on every node.
std::uint64_t name_hash(std::string_view name) noexcept;

/// How much a claim of the node of that name to the key weighs.
std::uint64_t rendezvous_weight(std::uint64_t name_hash, std::uint64_t key) noexcept;

}  // namespace grapevine::cluster
