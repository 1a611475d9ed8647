#pragma once

#include "cluster/types.hpp"

#include <array>
#include <cstdint>

namespace grapevine::cluster {

/// The nonce of a tunnel's handshake: SHA-256(seed | epoch | number). Different for every tunnel of
/// every run of a node, and not to be guessed without `seed`.
std::array<std::uint8_t, 32> tunnel_nonce(const std::array<std::uint8_t, 32>& seed, epoch_t self,
                                          std::uint64_t number);

}  // namespace grapevine::cluster
