#pragma once

#include "base/endpoint.hpp"
#include "cluster/types.hpp"

#include <string>
#include <string_view>

namespace grapevine::cluster {

/// Bits of `node_info::flags`.
namespace node_flag {
inline constexpr std::uint8_t ready = 1;
inline constexpr std::uint8_t leaving = 2;
}  // namespace node_flag

/// What a node says about itself, in the handshake and (without versions of its configuration) in
/// rumours.
struct node_info {
  std::string name;   ///< unique in the cluster by configuration; see `valid_node_name`
  epoch_t epoch = 0;  ///< this run of it; a higher epoch of the same name supersedes a lower one
  /// SWIM's refutation counter inside the epoch; only the node itself raises it.
  std::uint32_t incarnation = 0;
  base::endpoint address;  ///< where others reach it
  std::uint16_t proto_min = 1;
  std::uint16_t proto_max = 1;
  std::uint64_t features = 0;
  std::uint64_t apps_hash = 0;
  std::uint8_t flags = 0;
  bool operator==(const node_info&) const = default;
};

/// True for 1-64 characters of `[A-Za-z0-9._-]`.
bool valid_node_name(std::string_view) noexcept;

}  // namespace grapevine::cluster
