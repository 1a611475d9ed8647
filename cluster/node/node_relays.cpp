// The part of `node_core` that takes frames of tunnels off a link: for a tunnel that ends here, or
// for two others whom it serves as a relay. One hop, never two: it forwards from one direct link to
// another.

#include "cluster/node/node_core.hpp"

#include "cluster/wire/shared_frame.hpp"

#include <utility>

namespace grapevine::cluster {

namespace {

using kind = relay_queue::item::kind;

/// Ends of tunnels that wait for one link; beyond it they are dropped, and the tunnels found out by
/// their silence.
constexpr std::size_t items_max = 1u << 16;

std::size_t cost_of(const shared_bytes& bytes) noexcept {
  return bytes->size() + segment_overhead_bytes;
}

/// Whether this node may be sent such a frame by that peer: as an end of the tunnel by a third, as
/// a relay by an end.
bool fits(const tunnel_key& key, epoch_t self, epoch_t from) noexcept {
  const auto ends_at = [&](epoch_t who) { return key.origin == who || key.target == who; };
  return key.origin != key.target && ends_at(self) != ends_at(from);
}

}  // namespace

connection* node_core::direct_link(epoch_t epoch) {
  const auto* p = find_peer(epoch);
  if (!p || p->link == 0 || is_tunnel(p->link))
    return nullptr;
  const auto found = connections_.find(p->link);
  return found == connections_.end() ? nullptr : &found->second;
}

/// False for what no node sends: a tunnel within a tunnel, somebody else's name.
bool node_core::on_relay(connection& from, const relay_frame& f, time_point now) {
  const tunnel_key key{f.origin, f.target, f.path};
  const auto self = membership_.self().epoch;
  if (from.tunnel || !fits(key, self, from.peer))
    return false;
  if (key.origin != self && key.target != self) {
    forward(from, f);
    return true;
  }
  auto* t = find_tunnel(from.peer, key);
  if (!t)
    t = accept_tunnel(from, key, now);
  if (t && !t->closing)
    take_bytes(*t, f.bytes, now);
  return true;
}

bool node_core::on_relay_end(connection& from, const relay_end_frame& f, time_point now) {
  const tunnel_key key{f.origin, f.target, f.path};
  const auto self = membership_.self().epoch;
  if (from.tunnel || !fits(key, self, from.peer))
    return false;
  if (key.origin == self || key.target == self) {
    if (auto* t = find_tunnel(from.peer, key))
      end_tunnel(*t, now);
    return true;
  }
  if (!relays_.end(key))
    return true;
  withdraw(from.peer, key, false);
  if (auto* to = direct_link(from.peer == key.origin ? key.target : key.origin))
    tell_end(*to, key, f.reason);
  return true;
}

// -- for others

void node_core::forward(connection& from, const relay_frame& f) {
  using verdict = tunnel_relay::verdict;
  const tunnel_key key{f.origin, f.target, f.path};
  const bool outward = from.peer == key.origin;
  auto* to = direct_link(outward ? key.target : key.origin);
  const bool leaving = leaving_since_ || (membership_.self().flags & node_flag::leaving) != 0;
  auto bytes = shared(f);
  switch (relays_.on_bytes(key, outward, cost_of(bytes), to && !leaving)) {
  case verdict::opened:
    withdraw(key.origin, key, true);
    withdraw(key.target, key, true);
    [[fallthrough]];
  case verdict::forward:
    if (!to)
      return;
    stats_.relayed_bytes += f.bytes.size();
    to->relayed.items.push_back(
        {std::move(bytes), key, outward ? kind::to_target : kind::to_origin});
    return;
  case verdict::ignored:
    return;
  case verdict::refused:
    return tell_end(from, key, relay_end_reason::unreachable);
  case verdict::overflow:
    withdraw(key.origin, key, false);
    withdraw(key.target, key, false);
    tell_end(from, key, relay_end_reason::overflow);
    if (to)
      tell_end(*to, key, relay_end_reason::overflow);
    return;
  }
}

void node_core::tell_end(connection& to, const tunnel_key& key, relay_end_reason why) {
  if (to.relayed.items.size() < items_max)
    to.relayed.items.push_back(
        {shared(relay_end_frame{key.origin, key.target, key.path, why}), key, kind::end});
}

/// Throws away what waits there of a tunnel that is over: of that path, or of all but that path.
void node_core::withdraw(epoch_t from_queue_of, const tunnel_key& key, bool all_others) {
  auto* c = direct_link(from_queue_of);
  if (!c)
    return;
  std::erase_if(c->relayed.items, [&](const relay_queue::item& each) {
    const bool counted = each.what == kind::to_origin || each.what == kind::to_target;
    const bool same_pair = each.tunnel.origin == key.origin && each.tunnel.target == key.target;
    if (!counted || !same_pair || (each.tunnel.path == key.path) == all_others)
      return false;
    relays_.left_queue(each.tunnel, each.what == kind::to_target, cost_of(each.bytes));
    return true;
  });
}

/// What is carried for others and for tunnels that end here, in the order in which it came.
std::size_t node_core::take_relayed(connection& c, std::size_t budget, std::vector<slice>& slices) {
  std::size_t taken = 0;
  while (taken < budget && !c.relayed.items.empty()) {
    auto next = std::move(c.relayed.items.front());
    c.relayed.items.pop_front();
    taken += next.bytes->size();
    if (next.what == kind::own)
      c.relayed.own_bytes -= next.bytes->size();
    else if (next.what != kind::end)
      relays_.left_queue(next.tunnel, next.what == kind::to_target, cost_of(next.bytes));
    const std::string_view view{*next.bytes};
    slices.push_back({std::move(next.bytes), view});
  }
  return taken;
}

/// The link to that peer is gone: so is everything that went over it.
void node_core::end_relaying(epoch_t peer, link_id link, time_point now) {
  if (is_tunnel(link))
    return;
  for (const auto& key : relays_.lose(peer)) {
    const auto other = key.origin == peer ? key.target : key.origin;
    withdraw(other, key, false);
    if (auto* to = direct_link(other))
      tell_end(*to, key, relay_end_reason::unreachable);
  }
  if (const auto found = connections_.find(link); found != connections_.end())
    found->second.relayed = {};
  std::erase_if(paths_heard_, [&](const auto& each) { return each.first.first == peer; });
  for (auto at = connections_.lower_bound(tunnel_bit); at != connections_.end(); ++at)
    if (at->second.tunnel->via == peer)
      end_tunnel(at->second, now);
}

}  // namespace grapevine::cluster
