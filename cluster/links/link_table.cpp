#include "cluster/links/link_table.hpp"

#include <algorithm>
#include <utility>

namespace grapevine::cluster {

namespace {

using namespace std::chrono_literals;

constexpr duration receipt_kept = 10min;

template <class Map, class Key>
auto* find_in(Map& map, const Key& key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

}  // namespace

// -- connections

connection& link_table::add(connection fresh) {
  const auto id = fresh.id;
  return connections_.emplace(id, std::move(fresh)).first->second;
}

connection* link_table::find(link_id id) {
  return find_in(connections_, id);
}

const connection* link_table::find(link_id id) const {
  return find_in(connections_, id);
}

void link_table::erase(link_id id) {
  connections_.erase(id);
}

std::size_t link_table::strangers() const {
  return static_cast<std::size_t>(std::ranges::count_if(connections_, [](const auto& each) {
    return !each.second.dialled && each.second.peer == 0 && each.second.via == 0;
  }));
}

std::vector<link_id> link_table::overdue(duration socket_max, duration tunnel_max,
                                         time_point now) const {
  std::vector<link_id> all;
  for (const auto& [id, c] : connections_)
    if (c.peer == 0 && !c.closing && now - c.opened >= (c.via == 0 ? socket_max : tunnel_max))
      all.push_back(id);
  return all;
}

// -- peers

peer& link_table::add_peer(const node_info& who) {
  return peers_.emplace(who.epoch, peer{.info = who}).first->second;
}

peer* link_table::find_peer(epoch_t epoch) {
  return find_in(peers_, epoch);
}

const peer* link_table::find_peer(epoch_t epoch) const {
  return find_in(peers_, epoch);
}

void link_table::erase_peer(epoch_t epoch) {
  peers_.erase(epoch);
}

std::vector<epoch_t> link_table::epochs() const {
  std::vector<epoch_t> all;
  for (const auto& [epoch, p] : peers_)
    all.push_back(epoch);
  return all;
}

connection* link_table::link_of(epoch_t epoch) {
  const auto* p = find_peer(epoch);
  return p && p->link != 0 ? find(p->link) : nullptr;
}

const connection* link_table::link_of(epoch_t epoch) const {
  const auto* p = find_peer(epoch);
  return p && p->link != 0 ? find(p->link) : nullptr;
}

bool link_table::any_linked() const {
  return std::ranges::any_of(peers_, [](const auto& each) { return each.second.link != 0; });
}

void link_table::attach(connection& c, peer& p, const node_info& who, time_point now) {
  p.info = who;
  p.link = c.id;
  p.dialled_by_us = c.dialled;
  p.linked_at = p.last_bytes = now;
  c.peer = who.epoch;
  c.admitted = true;
}

link_id link_table::detach(peer& p) {
  const auto id = std::exchange(p.link, 0);
  if (auto* c = find(id))
    c->peer = 0;
  return id;
}

// -- those who were here

void link_table::remember(epoch_t epoch, stream_receipt receipt, time_point now) {
  receipts_[epoch] = {std::move(receipt), now + receipt_kept};
}

std::optional<stream_receipt> link_table::recall(epoch_t epoch) {
  auto kept = receipts_.extract(epoch);
  if (kept.empty())
    return std::nullopt;
  return std::move(kept.mapped().receipt);
}

void link_table::forget_old(time_point now) {
  std::erase_if(receipts_, [&](const auto& each) { return now >= each.second.until; });
}

}  // namespace grapevine::cluster
