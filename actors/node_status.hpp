#pragma once

#include "actors/auth_endpoint.hpp"
#include "net/socket_stats.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace grapevine::actors {

/// What all shards know of the node's life, and the counters they keep.
struct node_status {
  explicit node_status(std::size_t shards) : sockets(shards) {}

  std::string name;
  std::string version;
  std::string address;         ///< of the clients' listener
  std::uint64_t identity = 0;  ///< first half of every socket id
  std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
  std::atomic<bool> draining{false};
  /// False while the node joins its cluster, or has lost everybody it knew there.
  std::atomic<bool> in_cluster{true};
  bool ready() const noexcept {
    return in_cluster.load(std::memory_order_relaxed) && !draining.load(std::memory_order_relaxed);
  }
  authorizer authorize;  ///< set before the first connection; null: there is no auth endpoint
  std::vector<net::socket_stats> sockets;  ///< one per shard
};

}  // namespace grapevine::actors
