#pragma once

#include "cluster/channel_ref.hpp"
#include "cluster/rosters/roster_cause.hpp"
#include "cluster/rosters/roster_part.hpp"
#include "cluster/types.hpp"

namespace grapevine::cluster {

/// A node's part of a roster has changed. Before the channel's `channel_ready` it is of no
/// interest: that brings the whole roster.
struct remote_roster {
  channel_ref channel;
  roster_change change;
  roster_cause cause = roster_cause::normal;
  duration ago{};  ///< the node was last heard, if it is gone: graces run from then
};

}  // namespace grapevine::cluster
