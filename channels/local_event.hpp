#pragma once

#include "cluster/node/node_effects.hpp"
#include "cluster/wire/frames.hpp"
#include "protocol/socket_id.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace grapevine::channels {

/// An event of this node, published by a server or sent by a client. Views strings that its holder
/// keeps for the length of the call.
struct local_event {
  std::string_view event;
  std::string_view data;       ///< a client event's is JSON text, inserted as it is
  protocol::socket_id except;  ///< {} for nobody; the sender of a client event
  std::optional<std::string_view> user_id = {};  ///< of a client event on a presence channel
  bool here_only = false;  ///< published, and the other nodes have it by themselves
  /// Else: the cluster's id of the bridge through which some of them have it by themselves; 0: none
  /// has.
  std::uint64_t bridge = 0;
};

/// A local event on its way to the other nodes that want its channel.
struct forward {
  local_event event;
  bool from_client = false;
  bool cache = false;     ///< the channel keeps it for later subscribers
  std::uint64_t hlc = 0;  ///< with `cache`: when it was published
};

/// The frame that takes the event to other nodes; it views the strings of `what` and `channel`, and
/// `room`, into which the excluded socket is written.
cluster::event_frame to_event_frame(const cluster::channel_ref& channel, std::uint64_t key,
                                    const forward& what, std::string& room);
cluster::event_frame to_event_frame(cluster::channel_ref&&, std::uint64_t, const forward&,
                                    std::string&) = delete;

}  // namespace grapevine::channels
