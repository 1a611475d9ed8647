#include "cluster/tunnels/tunnel_nonce.hpp"

#include "cluster/wire/wire.hpp"

#include <openssl/evp.h>

#include <string>

namespace grapevine::cluster {

std::array<std::uint8_t, 32> tunnel_nonce(const std::array<std::uint8_t, 32>& seed, epoch_t self,
                                          std::uint64_t number) {
  std::string text;
  wire_writer writer{text};
  writer.raw(seed);
  writer.u64(self);
  writer.u64(number);
  std::array<std::uint8_t, 32> nonce{};
  EVP_Digest(text.data(), text.size(), nonce.data(), nullptr, EVP_sha256(), nullptr);
  return nonce;
}

}  // namespace grapevine::cluster
