#include "cluster/membership/indirect_probes.hpp"

namespace grapevine::cluster {

bool indirect_probes::open(epoch_t requester, std::uint64_t nonce, epoch_t target, time_point now) {
  if (requests_.size() >= open_max)
    return false;
  requests_.push_back({{requester, nonce}, target, now});
  return true;
}

std::vector<indirect_probes::answer> indirect_probes::heard(epoch_t target) {
  std::vector<answer> acks;
  std::erase_if(requests_, [&](const request& each) {
    if (each.target != target)
      return false;
    acks.push_back(each.who);
    return true;
  });
  return acks;
}

std::vector<indirect_probes::answer> indirect_probes::overdue(time_point now, duration deadline,
                                                              duration keep) {
  std::vector<answer> nacks;
  std::erase_if(requests_, [&](request& each) {
    if (!each.nacked && now - each.since >= deadline) {
      each.nacked = true;
      nacks.push_back(each.who);
    }
    return now - each.since >= keep;
  });
  return nacks;
}

void indirect_probes::postpone(duration by) noexcept {
  for (auto& each : requests_)
    each.since += by;
}

}  // namespace grapevine::cluster
