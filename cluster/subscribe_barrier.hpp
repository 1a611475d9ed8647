#pragma once

#include "cluster/types.hpp"

#include <cstdint>
#include <vector>

namespace grapevine::cluster {

/// Holds new subscriptions until every peer that counts has acknowledged the node's interest log
/// far enough, so that what is published anywhere afterwards arrives (cluster.md section 4, "The
/// window").
///
/// A peer counts while it is alive and linked. One that lets a subscription wait for the whole
/// bound is *late*: nobody waits for it again before its acknowledgement has caught up with the
/// log.
class subscribe_barrier {
public:
  explicit subscribe_barrier(duration bound) noexcept;

  /// The peer is alive and linked from here on, having acknowledged nothing.
  void add_peer(epoch_t);
  /// It is suspect, unlinked or gone: nobody waits for it.
  void remove_peer(epoch_t);
  void on_ack(epoch_t, std::uint64_t version);
  /// `log_version`: what a late peer has to reach.
  void set_log_version(std::uint64_t) noexcept;

  /// `ticket` waits for `version`. Tickets are the caller's; they come back once.
  void wait(std::uint64_t ticket, std::uint64_t version, time_point now);
  /// The ticket is of no more interest.
  void cancel(std::uint64_t ticket);
  /// Tickets that need not wait any longer, in the order in which they came: call after any of the
  /// above and with time.
  std::vector<std::uint64_t> release(time_point now);

  /// Tickets that were let through because the bound had passed.
  std::uint64_t timeouts() const noexcept;
  bool empty() const noexcept;

private:
  // to be chosen by the implementation
};

}  // namespace grapevine::cluster
