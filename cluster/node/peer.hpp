#pragma once

#include "cluster/node/channel_exchanges.hpp"
#include "cluster/node/node_effects.hpp"
#include "cluster/streams/session.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace grapevine::cluster {

/// Another node, alive or suspect, linked or between two links. Owned by `node_core`, gone when the
/// node is dead or has left.
struct peer {
  peer(const node_info& who, session& its_stream) : info{who}, stream{its_stream} {}

  node_info info;
  session& stream;
  link_id link = 0;   ///< 0: none
  bool gone = false;  ///< it has left; only the link is still there, for its goodbye
  bool dialled_by_us = false;
  time_point linked_at{};
  time_point last_bytes{};  ///< by whatever way its bytes came
  time_point stall_told{};  ///< when membership was last told that the link takes nothing
};

/// How much of a dead peer's stream has arrived, should it turn out to be alive after all.
struct stream_receipt {
  std::uint64_t stream = 0;
  std::uint64_t received = 0;
  app_numbers apps;
  time_point until{};
};

}  // namespace grapevine::cluster
