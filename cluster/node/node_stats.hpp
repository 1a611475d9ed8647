#pragma once

#include <cstdint>

namespace grapevine::cluster {

/// Counters of a node's life in the cluster, for /status and metrics.
struct node_stats {
  std::uint64_t events_forwarded = 0;  ///< one per (event, peer)
  std::uint64_t events_received = 0;
  std::uint64_t events_dropped = 0;  ///< left out of a full queue; the receivers count them as gaps
  std::uint64_t gaps = 0;            ///< events others had to leave out
  std::uint64_t resumes = 0;         ///< streams that went on at the same byte
  std::uint64_t resyncs = 0;         ///< streams that started over
  std::uint64_t interest_repairs = 0;
  std::uint64_t roster_repairs = 0;
  std::uint64_t ack_timeouts = 0;
  std::uint64_t suspicions = 0;
  std::uint64_t deaths = 0;
  std::uint64_t refused = 0;  ///< connections that did not become a link
  std::uint64_t unknown_app = 0;
  std::uint64_t own_interest = 0;   ///< keys this node wants
  std::uint64_t interest_keys = 0;  ///< keys other nodes want
  std::uint64_t cached_items = 0;
  std::uint64_t queue_bytes = 0;
  std::uint64_t bytes_sent = 0;  ///< handed out by `next_write`
  std::uint64_t bytes_received = 0;
  std::uint64_t relayed_bytes = 0;   ///< forwarded for two others that cannot link
  std::uint64_t tunnels_opened = 0;  ///< by this node, whether they came about or not
  std::uint64_t health = 0;
};

}  // namespace grapevine::cluster
