#pragma once

#include <cstdint>

namespace grapevine::cluster {

/// Why a node's part of a roster changed; decides how long a user may be away before he is
/// announced as gone (`channels::roster_view`).
enum class roster_cause : std::uint8_t {
  normal,    ///< by a join or leave: `leave_debounce`, or `moving_grace` for a leave that says so
  departed,  ///< the node left the cluster in order, or was restarted: `moving_grace`
  died,      ///< the node was declared dead, which took its time already: at once
};

}  // namespace grapevine::cluster
