#include "cluster/tunnels/tunnel_carrier.hpp"

#include "cluster/wire/shared_frame.hpp"

#include <utility>

namespace grapevine::cluster {

namespace {

constexpr std::size_t piece_max = 64u << 10;
/// What all tunnels may have waiting for one carrier: more would only make the carrier's own bytes
/// late.
constexpr std::size_t carried_max = 256u << 10;
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

epoch_t other_end(const tunnel_key& key, epoch_t end) noexcept {
  return end == key.origin ? key.target : key.origin;
}

}  // namespace

tunnel_carrier::tunnel_carrier(std::size_t relayed_each_max, std::size_t relayed_all_max) noexcept
    : relay_{relayed_each_max, relayed_all_max} {}

tunnel_carrier::queue* tunnel_carrier::find_queue(epoch_t peer) {
  const auto found = queues_.find(peer);
  return found == queues_.end() ? nullptr : &found->second;
}

tunnel_carrier::tunnel* tunnel_carrier::find(epoch_t via, const tunnel_key& key) {
  for (auto& [id, t] : tunnels_)
    if (t.via == via && t.key == key)
      return &t;
  return nullptr;
}

const tunnel_carrier::tunnel& tunnel_carrier::add(epoch_t via, const tunnel_key& key,
                                                  bool dialled) {
  const auto id = tunnel_bit | ++last_number_;
  return tunnels_.emplace(id, tunnel{.id = id, .via = via, .key = key, .dialled = dialled})
      .first->second;
}

// -- direct links

void tunnel_carrier::on_direct_link(epoch_t peer) {
  queues_[peer] = {};
}

std::vector<link_id> tunnel_carrier::on_direct_lost(epoch_t peer) {
  for (const auto& key : relay_.lose(peer)) {
    const auto other = other_end(key, peer);
    withdraw(other, key, false);
    if (auto* to = find_queue(other))
      tell_end(*to, key, relay_end_reason::unreachable);
  }
  queues_.erase(peer);
  std::erase_if(paths_heard_, [&](const auto& each) { return each.first.first == peer; });
  std::vector<link_id> lost;
  for (auto& [id, t] : tunnels_)
    if (t.via == peer) {
      t.over = true;
      lost.push_back(id);
    }
  return lost;
}

// -- tunnels of this node

std::vector<tunnel_carrier::tunnel> tunnel_carrier::open_due(epoch_t self,
                                                             std::span<const epoch_t> unlinked,
                                                             std::span<const epoch_t> relays,
                                                             time_point now) {
  std::vector<tunnel> fresh;
  for (const auto& each : planner_.due(self, unlinked, relays, now))
    fresh.push_back(add(each.via, {self, each.target, each.path}, true));
  opened_ += fresh.size();
  return fresh;
}

void tunnel_carrier::on_proved(link_id id) {
  if (const auto found = tunnels_.find(id); found != tunnels_.end())
    found->second.proved = true;
}

void tunnel_carrier::on_lost(epoch_t peer, epoch_t via, time_point now) {
  planner_.lost(peer, via, now);
}

void tunnel_carrier::close(link_id id) {
  const auto found = tunnels_.find(id);
  if (found == tunnels_.end() || std::exchange(found->second.closing, true))
    return;
  closing_.push_back(id);
  if (const auto& t = found->second; t.dialled && !t.proved)
    planner_.failed(t.key.target, t.via);
}

std::vector<link_id> tunnel_carrier::take_closing() {
  return std::exchange(closing_, {});
}

void tunnel_carrier::finish(link_id id, std::string_view last) {
  const auto gone = tunnels_.extract(id);
  if (gone.empty())
    return;
  const auto& t = gone.mapped();
  auto* to = find_queue(t.via);
  if (!to || t.over)
    return;
  if (to->own_bytes < carried_max)
    carry(*to, t.key, last);
  tell_end(*to, t.key, relay_end_reason::closed);
}

// -- what arrives

tunnel_carrier::outcome tunnel_carrier::on_relay(epoch_t from, const relay_frame& f,
                                                 const local_facts& here) {
  outcome result;
  const tunnel_key key{f.origin, f.target, f.path};
  result.fits = fits(key, here.self, from);
  if (!result.fits)
    return result;
  if (key.origin != here.self && key.target != here.self) {
    forward(from, f, here.relays);
    return result;
  }
  if (const auto* known = find(from, key))
    result.to = known->closing ? 0 : known->id;
  else if (key.target == here.self)
    accept(from, key, here, result);
  return result;
}

/// The first bytes of a tunnel to this node. Of one origin and relay only the newest tunnel that
/// has not proved itself is kept, so that nobody makes us hold more of them.
void tunnel_carrier::accept(epoch_t from, const tunnel_key& key, const local_facts& here,
                            outcome& result) {
  if (!here.accepts) {
    if (auto* back = find_queue(from))
      tell_end(*back, key, relay_end_reason::unreachable);
    return;
  }
  auto& newest = paths_heard_[{from, key.origin}];
  if (key.path <= newest)
    return;
  newest = key.path;
  for (auto& [id, t] : tunnels_)
    if (!t.proved && !t.closing && t.via == from && t.key.origin == key.origin
        && t.key.target == key.target) {
      t.over = true;
      result.replaced.push_back(id);
    }
  result.accepted = add(from, key, false);
  result.to = result.accepted->id;
}

tunnel_carrier::outcome tunnel_carrier::on_relay_end(epoch_t from, const relay_end_frame& f,
                                                     epoch_t self) {
  outcome result;
  const tunnel_key key{f.origin, f.target, f.path};
  result.fits = fits(key, self, from);
  if (!result.fits)
    return result;
  if (key.origin == self || key.target == self) {
    if (auto* known = find(from, key)) {
      known->over = true;
      result.to = known->id;
    }
    return result;
  }
  if (!relay_.end(key))
    return result;
  withdraw(from, key, false);
  if (auto* to = find_queue(other_end(key, from)))
    tell_end(*to, key, f.reason);
  return result;
}

// -- for others

void tunnel_carrier::forward(epoch_t from, const relay_frame& f, bool relays) {
  using verdict = tunnel_relay::verdict;
  const tunnel_key key{f.origin, f.target, f.path};
  const bool outward = from == key.origin;
  auto* to = find_queue(other_end(key, from));
  auto* back = find_queue(from);
  auto bytes = shared(f);
  switch (relay_.on_bytes(key, outward, cost_of(bytes), to && relays)) {
  case verdict::opened:
    withdraw(key.origin, key, true);
    withdraw(key.target, key, true);
    [[fallthrough]];
  case verdict::forward:
    if (!to)
      return;
    relayed_bytes_ += f.bytes.size();
    to->items.push_back(
        {std::move(bytes), key, outward ? item::kind::to_target : item::kind::to_origin});
    return;
  case verdict::ignored:
    return;
  case verdict::refused:
    if (back)
      tell_end(*back, key, relay_end_reason::unreachable);
    return;
  case verdict::overflow:
    withdraw(key.origin, key, false);
    withdraw(key.target, key, false);
    for (auto* end : {back, to})
      if (end)
        tell_end(*end, key, relay_end_reason::overflow);
    return;
  }
}

void tunnel_carrier::tell_end(queue& to, const tunnel_key& key, relay_end_reason why) {
  if (to.items.size() < items_max)
    to.items.push_back(
        {shared(relay_end_frame{key.origin, key.target, key.path, why}), key, item::kind::end});
}

/// Throws away what waits there of a tunnel that is over: of that path, or of all but that path.
void tunnel_carrier::withdraw(epoch_t from_queue_of, const tunnel_key& key, bool all_others) {
  auto* q = find_queue(from_queue_of);
  if (!q)
    return;
  std::erase_if(q->items, [&](const item& each) {
    const bool counted = each.what == item::kind::to_origin || each.what == item::kind::to_target;
    const bool same_pair = each.tunnel.origin == key.origin && each.tunnel.target == key.target;
    if (!counted || !same_pair || (each.tunnel.path == key.path) == all_others)
      return false;
    relay_.left_queue(each.tunnel, each.what == item::kind::to_target, cost_of(each.bytes));
    return true;
  });
}

// -- what leaves

void tunnel_carrier::fill(epoch_t via, const take_bytes& take_of) {
  auto* q = find_queue(via);
  if (!q)
    return;
  for (const auto& [id, t] : tunnels_)
    while (!t.closing && t.via == via && q->own_bytes < carried_max) {
      const auto bytes = take_of(id, piece_max);
      if (bytes.empty())
        break;
      carry(*q, t.key, bytes);
    }
}

void tunnel_carrier::carry(queue& to, const tunnel_key& key, std::string_view left) {
  while (!left.empty()) {
    const auto piece = left.substr(0, piece_max);
    left.remove_prefix(piece.size());
    auto bytes = shared(relay_frame{key.origin, key.target, key.path, piece});
    to.own_bytes += bytes->size();
    to.items.push_back({std::move(bytes), key, item::kind::own});
  }
}

bool tunnel_carrier::waiting(epoch_t via) const {
  const auto found = queues_.find(via);
  return found != queues_.end() && !found->second.items.empty();
}

std::size_t tunnel_carrier::take(epoch_t via, std::size_t budget, std::vector<slice>& slices) {
  auto* q = find_queue(via);
  std::size_t taken = 0;
  while (q && taken < budget && !q->items.empty()) {
    auto next = std::move(q->items.front());
    q->items.pop_front();
    taken += next.bytes->size();
    if (next.what == item::kind::own)
      q->own_bytes -= next.bytes->size();
    else if (next.what != item::kind::end)
      relay_.left_queue(next.tunnel, next.what == item::kind::to_target, cost_of(next.bytes));
    const std::string_view view{*next.bytes};
    slices.push_back({std::move(next.bytes), view});
  }
  return taken;
}

}  // namespace grapevine::cluster
