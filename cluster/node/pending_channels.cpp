#include "cluster/node/pending_channels.hpp"

#include <utility>

namespace grapevine::cluster {

void pending_channels::add(const calls::want& wanted, bool awaits_owners) {
  pending_[wanted.ticket] = {wanted, true, awaits_owners};
}

bool pending_channels::cancel(std::uint64_t ticket) {
  return pending_.erase(ticket) > 0;
}

std::optional<calls::want> pending_channels::acknowledged(std::uint64_t ticket) {
  return settle(ticket, &pending::awaits_acks);
}

std::optional<calls::want> pending_channels::owners_answered(std::uint64_t ticket) {
  return settle(ticket, &pending::awaits_owners);
}

std::optional<calls::want> pending_channels::settle(std::uint64_t ticket, bool pending::*came) {
  const auto found = pending_.find(ticket);
  if (found == pending_.end())
    return std::nullopt;
  found->second.*came = false;
  if (found->second.awaits_acks || found->second.awaits_owners)
    return std::nullopt;
  auto wanted = std::move(found->second.wanted);
  pending_.erase(found);
  return wanted;
}

}  // namespace grapevine::cluster
