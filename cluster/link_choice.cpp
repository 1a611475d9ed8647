#include "cluster/link_choice.hpp"

namespace grapevine::cluster {

bool replaces(const link_claim& fresh, const link_claim& held, bool peer_has_link, epoch_t self,
              epoch_t peer) noexcept {
  if (fresh.dialled_by_us == held.dialled_by_us)
    return true;  // nobody dials twice without having lost the first
  if (!fresh.dialled_by_us && !peer_has_link && held.age >= crossing_window)
    return true;
  return fresh.dialled_by_us == (self < peer);
}

}  // namespace grapevine::cluster
