#pragma once

#include "cluster/types.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace grapevine::cluster {

/// Holds new subscriptions until every peer that counts has acknowledged the node's interest log
/// far enough, so that what is published anywhere afterwards arrives (cluster.md section 4, "The
/// window").
///
/// A peer counts while it is alive and linked. One that lets a subscription wait for the whole
/// bound is *late*: nobody waits for it again, the other held ones included, before its
/// acknowledgement has caught up with the log. A peer that came after the subscription is waited
/// for but not blamed.
class subscribe_barrier {
public:
  explicit subscribe_barrier(duration bound) noexcept;

  /// The peer is alive and linked from here on, having acknowledged nothing. For one that starts
  /// over, again.
  void add_peer(epoch_t);
  /// It is suspect, unlinked or gone: nobody waits for it.
  void remove_peer(epoch_t);
  /// Cumulative; of a peer that does not count, nothing.
  void on_ack(epoch_t, std::uint64_t version);
  /// `log_version`: what a late peer has to reach.
  void set_log_version(std::uint64_t) noexcept;

  /// `ticket` waits for `version`. Tickets are the caller's; they come back once. One that waits
  /// already starts over. `now` must not run backwards.
  void wait(std::uint64_t ticket, std::uint64_t version, time_point now);
  /// The ticket is of no more interest.
  void cancel(std::uint64_t ticket);
  /// Tickets that need not wait any longer, in the order in which they came: call after any of the
  /// above and with time.
  std::vector<std::uint64_t> release(time_point now);

  /// Tickets that were let through because the bound had passed.
  std::uint64_t timeouts() const noexcept {
    return timeouts_;
  }
  bool empty() const noexcept {
    return waiting_.empty();
  }

private:
  struct peer {
    std::uint64_t acked = 0;
    std::uint64_t since = 0;  ///< serial of the first ticket it can be late for
    bool late = false;
  };
  struct held {
    std::uint64_t ticket = 0;
    std::uint64_t version = 0;
    time_point until{};
  };

  std::uint64_t acked_by_all() const noexcept;
  void mark_late(std::uint64_t serial, std::uint64_t version) noexcept;
  void release_one(std::uint64_t serial);

  duration bound_;
  std::map<epoch_t, peer> peers_;
  std::uint64_t log_version_ = 0;
  std::uint64_t next_serial_ = 0;
  std::map<std::uint64_t, held> waiting_;  ///< by serial, which is the order of `until` too
  std::set<std::pair<std::uint64_t, std::uint64_t>> by_version_;  ///< {version, serial}
  boost::unordered_flat_map<std::uint64_t, std::uint64_t> serials_;
  std::uint64_t timeouts_ = 0;
};

}  // namespace grapevine::cluster
