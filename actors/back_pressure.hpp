#pragma once

#include <atomic>
#include <cstddef>
#include <vector>

namespace grapevine::actors {

/// What bounds the mailboxes between fast publishers and slow shards or links: bytes of events that
/// were handed on and not yet worked off. Above `backlog_max` new events are refused. Touched by
/// all threads.
struct back_pressure {
  /// A smaller one refuses bursts that a shard would soon have worked off, a larger one lets them
  /// take more memory: at most this much per shard, and once for the cluster.
  static constexpr std::size_t backlog_max = 64u << 20;

  explicit back_pressure(std::size_t shards) : backlog(shards) {}

  /// By shard: handed to its fanout and not yet pushed to outboxes.
  std::vector<std::atomic<std::size_t>> backlog;
  /// Waiting to be handed to other nodes.
  std::atomic<std::size_t> cluster_backlog{0};
  /// The queues towards other nodes are at their bound.
  std::atomic<bool> cluster_full{false};

  /// Some shard has not worked off what it was given.
  bool behind() const noexcept {
    for (const auto& x : backlog)
      if (x.load(std::memory_order_relaxed) > backlog_max)
        return true;
    return false;
  }
  /// New events have to be refused.
  bool overloaded() const noexcept {
    return cluster_full.load(std::memory_order_relaxed)
           || cluster_backlog.load(std::memory_order_relaxed) > backlog_max || behind();
  }
};

}  // namespace grapevine::actors
