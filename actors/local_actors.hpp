#pragma once

#include "actors/back_pressure.hpp"
#include "actors/cluster_members.hpp"
#include "actors/messages.hpp"

#include <caf/actor.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace grapevine::actors {

class bridges;
class cluster_port;

/// Who answers for what on this node. Filled before the first connection and only read afterwards,
/// by all shards, but for `pressure` and `members`, which look after themselves.
struct local_actors {
  explicit local_actors(std::size_t shards) : pressure{shards} {}

  std::vector<caf::actor> directories;  ///< by shard
  std::vector<caf::actor> fanouts;      ///< by shard
  back_pressure pressure;
  channels::roster_view_settings roster;
  const std::atomic<bool>* drains = nullptr;
  const bridges* to_others = nullptr;  ///< the bridges to other systems; null: none

  // -- only with a cluster; else null, empty and 0
  caf::actor cluster;
  std::vector<cluster_port*> ports;  ///< by shard
  cluster_members members;
  cluster::epoch_t epoch = 0;  ///< of this run of the node

  std::size_t shard_of(const channel_ref& key) const noexcept {
    auto hash = std::hash<std::string>{}(key.name) ^ (key.app * 0x9E3779B97F4A7C15u);
    return hash % directories.size();
  }
  const caf::actor& directory_of(const channel_ref& key) const noexcept {
    return directories[shard_of(key)];
  }
  cluster_port* port(std::uint32_t shard) const noexcept {
    return shard < ports.size() ? ports[shard] : nullptr;
  }
  /// The node sends its clients away.
  bool draining() const noexcept {
    return drains && drains->load(std::memory_order_relaxed);
  }
};

}  // namespace grapevine::actors
