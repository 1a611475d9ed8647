#pragma once

#include "cluster/types.hpp"

#include <cstddef>
#include <cstdint>

namespace grapevine::cluster {

/// Events may be dropped when a peer cannot keep up; state never is, except all of it at once.
enum class segment_kind : std::uint8_t { events, state };

/// Whole frames of one kind, encoded by a shard in one turn. The unit of queueing, dropping and
/// writing.
struct segment {
  shared_bytes bytes;
  segment_kind kind = segment_kind::state;
  std::uint32_t events = 0;  ///< number of event frames, 0 for state
};

/// What a queued segment costs besides its bytes; counted, so that no number of small segments
/// escapes a bound.
inline constexpr std::size_t segment_overhead_bytes = 64;

inline std::size_t cost(const segment& s) noexcept {
  return s.bytes->size() + segment_overhead_bytes;
}

using base::slice;

}  // namespace grapevine::cluster
