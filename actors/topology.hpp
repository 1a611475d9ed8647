#pragma once

#include "actors/cluster_members.hpp"
#include "actors/messages.hpp"

#include <caf/actor.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace grapevine::actors {

class bridges;
class cluster_port;

/// Who answers for what on this node: filled before the first connection, read by all shards.
///
/// `backlog` counts, per shard, the bytes of events handed to its fanout and not yet pushed to
/// outboxes. It is what bounds the mailboxes between a fast publisher's shard and a slow one: above
/// `backlog_max` new events are refused. `cluster_backlog` does the same for what waits to be
/// handed to other nodes.
struct topology {
  static constexpr std::size_t backlog_max = 64u << 20;

  explicit topology(std::size_t shards) : backlog(shards) {}

  std::vector<caf::actor> directories;
  std::vector<caf::actor> fanouts;
  std::vector<std::atomic<std::size_t>> backlog;
  /// Only with a cluster; else null and empty.
  caf::actor cluster;
  std::vector<cluster_port*> ports;  ///< by shard
  std::atomic<std::size_t> cluster_backlog{0};
  channels::roster_view_settings roster;
  cluster_members members;
  const bridges* to_others = nullptr;  ///< the bridges to other systems; null: none
  cluster::epoch_t epoch = 0;          ///< of this run of the node; 0 without a cluster
  const std::atomic<bool>* drains = nullptr;
  std::atomic<bool> cluster_full{false};  ///< the queues towards other nodes are at their bound

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
  /// True when some shard has not worked off what it was given.
  bool behind() const noexcept {
    for (const auto& x : backlog)
      if (x.load(std::memory_order_relaxed) > backlog_max)
        return true;
    return false;
  }
  /// True when new events have to be refused.
  bool overloaded() const noexcept {
    return cluster_full.load(std::memory_order_relaxed)
           || cluster_backlog.load(std::memory_order_relaxed) > backlog_max || behind();
  }
};

}  // namespace grapevine::actors
