#pragma once

#include "protocol/client_message.hpp"
#include "protocol/socket_id.hpp"

#include <cstdint>
#include <optional>

namespace grapevine::channels {

/// A socket wants in. Answered once, by `let_in` or `refuse` with the same serial.
struct subscription {
  protocol::socket_id socket;
  std::uint32_t serial = 0;
  std::uint32_t shard = 0;                       ///< of the socket
  std::optional<protocol::presence_member> who;  ///< presence channels
  bool repeated = false;  ///< is in already and only wants the acknowledgement again
};

/// A socket left, or took back a subscription that is still under way. Not answered.
struct unsubscription {
  protocol::socket_id socket;
  std::uint32_t shard = 0;
  bool moving = false;  ///< the node sends its clients away: expected back on another
};

}  // namespace grapevine::channels
