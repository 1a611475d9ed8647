#pragma once

#include "actors/messages.hpp"

#include <caf/actor.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace grapevine::actors {

/// Who answers for what on this node: filled before the first connection, read by all shards.
///
/// `backlog` counts, per shard, the bytes of events handed to its fanout and not yet pushed to
/// outboxes. It is what bounds the mailboxes between a fast publisher's shard and a slow one: above
/// `backlog_max` new events are refused.
struct topology {
  static constexpr std::size_t backlog_max = 64u << 20;

  explicit topology(std::size_t shards) : backlog(shards) {}

  std::vector<caf::actor> directories;
  std::vector<caf::actor> fanouts;
  std::vector<std::atomic<std::size_t>> backlog;

  const caf::actor& directory_of(const channel_key& key) const noexcept {
    auto hash = std::hash<std::string>{}(key.name) ^ (key.app * 0x9E3779B97F4A7C15u);
    return directories[hash % directories.size()];
  }
  /// True when some shard has not worked off what it was given.
  bool overloaded() const noexcept {
    for (const auto& x : backlog)
      if (x.load(std::memory_order_relaxed) > backlog_max)
        return true;
    return false;
  }
};

}  // namespace grapevine::actors
