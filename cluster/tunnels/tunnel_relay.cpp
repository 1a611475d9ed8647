#include "cluster/tunnels/tunnel_relay.hpp"

#include <algorithm>

namespace grapevine::cluster {

tunnel_relay::pair* tunnel_relay::find(const tunnel_key& key) noexcept {
  const auto found = pairs_.find({key.origin, key.target});
  return found == pairs_.end() || found->second.path != key.path ? nullptr : &found->second;
}

tunnel_relay::verdict tunnel_relay::on_bytes(const tunnel_key& key, bool outward, std::size_t bytes,
                                             bool may_open) {
  const auto known = pairs_.find({key.origin, key.target});
  const bool newer = known == pairs_.end() || key.path > known->second.path;
  if (newer && !outward)
    return verdict::ignored;
  if (newer && !may_open)
    return verdict::refused;
  if (newer) {
    auto& fresh = pairs_[{key.origin, key.target}];
    all_waiting_ -= fresh.waiting[0] + fresh.waiting[1];
    fresh = {.path = key.path, .open = true, .waiting = {0, 0}};
  }
  auto* one = find(key);
  if (!one || !one->open)
    return verdict::ignored;
  auto& waiting = one->waiting[outward ? 1 : 0];
  if (waiting + bytes > each_max_ || all_waiting_ + bytes > all_max_) {
    one->open = false;
    return verdict::overflow;
  }
  waiting += bytes;
  all_waiting_ += bytes;
  return newer ? verdict::opened : verdict::forward;
}

void tunnel_relay::left_queue(const tunnel_key& key, bool outward, std::size_t bytes) noexcept {
  auto* one = find(key);
  if (!one)
    return;  // a newer path has taken its place, and with it its account
  auto& waiting = one->waiting[outward ? 1 : 0];
  const auto counted = std::min(waiting, bytes);  // none after `lose`
  waiting -= counted;
  all_waiting_ -= counted;
}

bool tunnel_relay::end(const tunnel_key& key) noexcept {
  auto* one = find(key);
  return one && std::exchange(one->open, false);
}

std::vector<tunnel_key> tunnel_relay::lose(epoch_t peer) {
  std::vector<tunnel_key> lost;
  for (auto at = pairs_.begin(); at != pairs_.end();) {
    auto& [ends, one] = *at;
    const auto [origin, target] = ends;
    if (origin != peer && target != peer) {
      ++at;
      continue;
    }
    if (std::exchange(one.open, false))
      lost.push_back({origin, target, one.path});
    all_waiting_ -= one.waiting[0] + one.waiting[1];
    one.waiting[0] = one.waiting[1] = 0;
    // An origin that is still linked may have sent more before it hears the end: that must not open
    // the tunnel again.
    at = origin == peer ? pairs_.erase(at) : std::next(at);
  }
  return lost;
}

}  // namespace grapevine::cluster
