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

}  // namespace grapevine::cluster
