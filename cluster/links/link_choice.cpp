#include "cluster/links/link_choice.hpp"

namespace grapevine::cluster {

bool replaces(const link_claim& fresh, const link_claim& held, bool peer_has_link, epoch_t self,
              epoch_t peer) noexcept {
  const bool lost_by_peer = !fresh.dialled_by_us && !peer_has_link && held.age >= crossing_window;
  if (fresh.relayed != held.relayed)
    return held.relayed || lost_by_peer;
  if (fresh.dialled_by_us == held.dialled_by_us)
    return true;  // nobody dials twice without having lost the first
  if (lost_by_peer)
    return true;
  return fresh.dialled_by_us == (self < peer);
}

}  // namespace grapevine::cluster
