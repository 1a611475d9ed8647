#pragma once

#include "cluster/types.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace grapevine::channels {

/// The last server event of a cache channel.
struct cached_event {
  std::string event;
  std::string data;
  cluster::time_point expires_at;
  /// When and where it was published, on the cluster's clock: the later one stays. 0 without a
  /// cluster.
  std::uint64_t hlc = 0;
  cluster::epoch_t publisher = 0;
};

/// What a cache channel keeps for later subscribers, and its miss period (protocol.md 4.7).
class event_cache {
public:
  /// Stores what a server published and ends the miss period. False when what is stored is newer.
  bool store(cached_event);
  /// The stored event; null when there is none that is young enough.
  const cached_event* find(cluster::time_point now) const noexcept;
  /// Drops an event that is too old.
  void expire(cluster::time_point now) noexcept;
  /// Notes that a subscriber found nothing; true for the first of a miss period, which is what is
  /// reported.
  bool miss() noexcept;

private:
  std::optional<cached_event> cached_;
  bool missing_ = false;
};

}  // namespace grapevine::channels
