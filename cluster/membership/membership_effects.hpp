#pragma once

#include "cluster/wire/frames.hpp"

#include <optional>
#include <variant>
#include <vector>

namespace grapevine::cluster {

/// Send this over the link to `to`; without a link, drop it.
struct send_effect {
  epoch_t to = 0;
  swim_frame content;
  bool operator==(const send_effect&) const = default;
};

/// Try a connection. `expected` is the member to be found there, 0 for a seed. Report failure by
/// `on_link_refused`.
struct dial_effect {
  base::endpoint address;
  epoch_t expected = 0;
  bool operator==(const dial_effect&) const = default;
};

/// Close the link to this peer and give up every connection attempt to it. Neither is to be
/// reported by `on_link_lost` or `on_link_refused`.
struct drop_link_effect {
  epoch_t peer = 0;
  bye_reason why = bye_reason::dead;
  bool operator==(const drop_link_effect&) const = default;
};

/// A member has entered a state, or (alive to alive) changed its flags or features. `from` is empty
/// for a new member.
struct changed_effect {
  epoch_t peer = 0;
  std::optional<member_state> from;
  member_state to = member_state::alive;
  bool superseded = false;  ///< dead because a higher epoch of the same name is there
  bool operator==(const changed_effect&) const = default;
};

struct health_effect {
  unsigned score = 0;
  bool operator==(const health_effect&) const = default;
};

/// `leave` is complete: everybody linked knows, or has had its time.
struct left_effect {
  bool operator==(const left_effect&) const = default;
};

using membership_effect = std::variant<send_effect, dial_effect, drop_link_effect, changed_effect,
                                       health_effect, left_effect>;
using membership_effects = std::vector<membership_effect>;

}  // namespace grapevine::cluster
