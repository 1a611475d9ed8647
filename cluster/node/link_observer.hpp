#pragma once

#include "cluster/links/connection.hpp"
#include "cluster/membership/membership_effects.hpp"
#include "cluster/wire/frame_codec.hpp"

namespace grapevine::cluster {

/// Who hears what comes over links and what becomes of them; called in the middle of their calls.
class link_observer {
public:
  /// Membership has drawn conclusions from what became of a link.
  virtual void perform(membership_effects, time_point now) = 0;
  /// A frame of a peer. False when the connection is of no more use.
  virtual bool on_frame(connection&, const frame_view&, const frame&, time_point now) = 0;

protected:
  ~link_observer() = default;
};

}  // namespace grapevine::cluster
