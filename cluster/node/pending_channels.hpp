#pragma once

#include "cluster/node/node_calls.hpp"

#include <cstdint>
#include <map>
#include <optional>

namespace grapevine::cluster {

/// The channels of this node whose first subscriber is pending: until every peer has acknowledged
/// that the channel is wanted, or has had its time, and until the owners of a cache channel have
/// said what they hold. By ticket; as many as this node has channels that are new.
class pending_channels {
public:
  void add(const calls::want&, bool awaits_owners);
  /// Nobody waits any more. False if it is not pending.
  bool cancel(std::uint64_t ticket);

  /// What was waited for has come: the channel, which is pending no longer, when that was the last;
  /// else nothing.
  std::optional<calls::want> acknowledged(std::uint64_t ticket);
  std::optional<calls::want> owners_answered(std::uint64_t ticket);

private:
  struct pending {
    calls::want wanted;
    bool awaits_acks = true;
    bool awaits_owners = false;
  };
  std::optional<calls::want> settle(std::uint64_t ticket, bool pending::*came);

  std::map<std::uint64_t, pending> pending_;
};

}  // namespace grapevine::cluster
