#pragma once

#include "base/shared_bytes.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace grapevine::cluster {

/// Monotonic time. The classes of this folder read no clock: every call that needs the time is
/// given it.
using time_point = std::chrono::steady_clock::time_point;
using duration = std::chrono::steady_clock::duration;

/// Identity of one run of a node: `unix_ms << 22 | 22 random bits`. It is the node's id in every
/// frame; 0 is nobody.
using epoch_t = std::uint64_t;

using base::shared_bytes;

/// A connection to another process, numbered by the shell from 1; never used twice. Numbers with
/// the top bit are the node's own (`is_tunnel`).
using link_id = std::uint64_t;

/// What one read brought for the channels; its credit goes back when they have it.
struct link_turn {
  epoch_t peer = 0;
  std::uint64_t number = 0;
  std::uint64_t tunnelled = 0;  ///< the number of what came through tunnels, 0: nothing
};

}  // namespace grapevine::cluster
