#pragma once

#include "cluster/types.hpp"

namespace grapevine::cluster {

/// A connection between this node and a peer, as far as it matters for choosing between two.
struct link_claim {
  bool dialled_by_us = false;
  duration age{};        ///< since its handshake was complete; 0 for a new one
  bool relayed = false;  ///< it is a tunnel through a third node
};

/// While a peer's proof is on its way, a connection the other way round may become a link.
inline constexpr duration crossing_window = std::chrono::seconds{3};

/// True if a connection that has just been proved replaces the link we have to the same peer;
/// otherwise it is closed as a duplicate. Both ends choose the same of two that crossed: the one
/// dialled by the lower epoch.
///
/// A dialler that says it has no link (`peer_has_link` false) has lost the old one, so that a
/// half-dead connection never blocks a heal; but if ours is younger than the crossing window it may
/// have said so before it knew of ours.
///
/// A direct connection always replaces a tunnel. A tunnel replaces a direct one only if who opens
/// it has lost that, as above.
bool replaces(const link_claim& fresh, const link_claim& held, bool peer_has_link, epoch_t self,
              epoch_t peer) noexcept;

}  // namespace grapevine::cluster
