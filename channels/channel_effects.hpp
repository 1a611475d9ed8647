#pragma once

#include "channels/local_event.hpp"
#include "channels/roster_core.hpp"
#include "cluster/types.hpp"
#include "protocol/socket_id.hpp"

#include <boost/container/small_vector.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace grapevine::channels {

using cluster::shared_bytes;

// -- to the subscribers of this node

/// One framed event for all subscribers, on every shard that has some.
struct deliver {
  shared_bytes frame;
  protocol::socket_id except;  ///< {} for nobody
};

/// Lets a socket into its shard's subscribers and sends it `acknowledgement`, then `after`, in the
/// same step: no event can come before the acknowledgement.
struct let_in {
  protocol::socket_id socket;
  std::uint32_t serial = 0;
  std::uint32_t shard = 0;
  shared_bytes acknowledgement;
  shared_bytes after;  ///< the cached event or cache_miss; null for none
};

/// The socket is not let in.
struct refuse {
  protocol::socket_id socket;
  std::uint32_t serial = 0;
  std::uint32_t shard = 0;
  std::string_view type;  ///< this and `error` are literals
  std::string_view error;
  int status = 0;
};

// -- to the directory

/// The channel got its first subscriber or lost its last: what listing, webhooks and interest stand
/// on.
struct set_occupied {
  bool occupied = false;
};

// -- to the roster, besides the questions of roster_core.hpp

/// It is not needed any more.
struct end_roster {};

// -- to the cluster

/// The channel got its first subscriber. Answered by `cluster::channel_ready` with this ticket.
struct want {
  std::uint64_t ticket = 0;
};
/// It lost its last.
struct unwant {
  std::uint64_t ticket = 0;
};
/// A user's first socket on this node came. Must leave before the `let_in` behind it is performed:
/// a client who knows that he is in may look at another node.
struct roster_join {
  cluster::roster_element who;
};
/// A user's last socket on this node went.
struct roster_leave {
  std::string user_id;
  bool moving = false;
};

// -- to the clock

/// Call `on_wake` at this time. There is one such timer at a time: timers cannot be taken back.
struct wake_at {
  cluster::time_point at;
};

using channel_effect = std::variant<deliver, let_in, refuse, set_occupied, join_roster,
                                    leave_roster, begin_roster, change_roster, end_roster, want,
                                    unwant, roster_join, roster_leave, forward, wake_at>;

/// In the order in which they must be performed, before the channel's next call. An event takes two
/// at most (`deliver`, `forward`), so that it allocates nothing here.
using channel_effects = boost::container::small_vector<channel_effect, 2>;

}  // namespace grapevine::channels
