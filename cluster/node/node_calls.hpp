#pragma once

#include "cluster/node/node_effects.hpp"
#include "cluster/wire/frames.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace grapevine::cluster {

/// Whom a question goes to: all other nodes, or those that want its channel.
enum class audience : std::uint8_t { everybody, interested };

/// What a node's own channels, and those who run it, say to its `node_core`. A channel comes with
/// its `interest_key`; what a call leads to is in the effects of the next `node_core::flush`.
namespace calls {

// -- of channels

/// The channel got its first subscriber. Answered by `channel_ready` with the same ticket, unique
/// among all calls of the node.
struct want {
  channel_ref channel;
  std::uint64_t key = 0;
  std::uint64_t ticket = 0;
  bool presence = false;  ///< its roster is to be followed
  bool cache = false;     ///< it keeps its last event
};

/// It lost its last, whether it was ready or not.
struct unwant {
  channel_ref channel;
  std::uint64_t key = 0;
  std::uint64_t ticket = 0;
};

/// An event of this node for every peer that wants the channel; a `cache` event goes to the
/// channel's owners as well. Its encoded `event_frame`, in which the app's number is the app's
/// place, is at [begin, begin + size) of the frames that come with the call.
struct forward {
  std::uint64_t key = 0;
  std::size_t begin = 0;
  std::size_t size = 0;
  bool cache = false;
  /// The id of the bridge that it came in through, when others hear it there as well: only for
  /// peers that this node covers. 0: this node alone has it.
  std::uint64_t bridge = 0;
};

/// A user's first socket on this node joined.
struct roster_join {
  channel_ref channel;
  std::uint64_t key = 0;
  roster_element who;
};

/// A user's last socket on this node left.
struct roster_leave {
  channel_ref channel;
  std::uint64_t key = 0;
  std::string user_id;
  bool moving = false;  ///< sent away by a node that drains: expected back within the grace
};

// -- of those who want to know

/// Puts a question to other nodes. Answered by `gathered_answers` with the same id.
struct ask {
  std::uint64_t id = 0;
  audience whom = audience::everybody;
  std::uint64_t key = 0;        ///< of the channel, for `audience::interested`
  std::uint8_t kind = 0;        ///< as asker and answerer have agreed
  std::uint32_t app = 0;        ///< the app's place
  std::uint8_t attributes = 0;  ///< as asker and answerer have agreed
  std::string text;
  duration deadline{};  ///< who has not answered by then is reported missing
};

/// Answers a `question` of another node. Empty: no answer, its asker reports this node missing.
struct answer {
  epoch_t to = 0;
  std::uint64_t id = 0;
  std::string payload;
};

/// What does a cache channel hold? Answered by `cache_found` with the same id.
struct look_up_cache {
  std::uint64_t id = 0;
  channel_ref channel;
  std::uint64_t key = 0;
};

// -- of bridges

/// All bridges of this node, when one of them has changed. Answered by `bridge_duties` when these
/// change.
struct report_bridges {
  std::vector<bridge_report> bridges;
};

// -- of those who run the node

/// This node serves clients from now on, and may own cache channels.
struct become_ready {};
/// From now on this node owns nothing and is shown as leaving.
struct begin_leaving {};
/// Writes what is queued, then says goodbye; `departed` follows within two seconds or so.
struct leave {};

}  // namespace calls

using node_call =
    std::variant<calls::want, calls::unwant, calls::forward, calls::roster_join,
                 calls::roster_leave, calls::ask, calls::answer, calls::look_up_cache,
                 calls::report_bridges, calls::become_ready, calls::begin_leaving, calls::leave>;

/// Calls in order, and the frames that their forwards name.
struct node_calls {
  std::vector<node_call> calls;
  std::string frames;
};

}  // namespace grapevine::cluster
