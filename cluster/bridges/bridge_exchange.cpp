#include "cluster/bridges/bridge_exchange.hpp"

#include "cluster/random.hpp"
#include "cluster/rendezvous.hpp"

#include <algorithm>
#include <utility>

namespace grapevine::cluster {

namespace {

bool has(std::uint8_t roles, std::uint8_t role) noexcept {
  return (roles & role) != 0;
}

}  // namespace

bridge_exchange::bridge_exchange(std::string_view own_name, frame_sink& to_peers)
    : to_peers_{to_peers}, own_{name_hash(own_name), roles_by_id{}} {}

// -- this node

void bridge_exchange::report(std::vector<bridge_report> own) {
  own.resize(std::min(own.size(), bridges_max));
  reported_ = std::move(own);
  tell_all();
}

void bridge_exchange::begin_leaving() {
  leaving_ = true;
  tell_all();
}

void bridge_exchange::tell_all() {
  roles_by_id roles;
  for (const auto& [id, said] : reported_) {
    const bool acts = has(said, bridge_role::hears) && !leaving_;
    roles[id] |= static_cast<std::uint8_t>(said | (acts ? bridge_role::acts : 0));
  }
  if (roles != own_.roles) {
    own_.roles = std::move(roles);
    for (const auto& [epoch, peer] : peers_)
      start(epoch);
  }
  update();
}

// -- peers

void bridge_exchange::add_peer(epoch_t epoch, std::string_view name) {
  peers_[epoch] = {name_hash(name), std::nullopt};
  update();
}

void bridge_exchange::drop_peer(epoch_t epoch) {
  if (peers_.erase(epoch) > 0)
    update();
}

void bridge_exchange::start(epoch_t to) {
  bridges_frame all;
  for (const auto& [id, roles] : *own_.roles)
    all.bridges.push_back({id, roles});
  to_peers_.push(to, all);
}

void bridge_exchange::on_frame(epoch_t from, const bridges_frame& said) {
  const auto peer = peers_.find(from);
  if (peer == peers_.end())
    return;
  auto& roles = peer->second.roles.emplace();
  for (const auto& [id, own] : said.bridges)
    if (roles.size() < bridges_max)
      roles[id] |= own;
  update();
}

// -- what follows from it

std::uint8_t bridge_exchange::roles_of(const node& of, std::uint64_t id) {
  if (!of.roles)
    return 0;
  const auto found = of.roles->find(id);
  return found == of.roles->end() ? std::uint8_t{0} : found->second;
}

/// Whether this node is eligible and has the highest weight of all that are.
template <class Eligible>
bool bridge_exchange::chosen(std::uint64_t key, const Eligible& eligible) const {
  if (!eligible(own_))
    return false;
  const auto own_weight = rendezvous_weight(own_.name_hash, key);
  return std::ranges::none_of(peers_, [&](const auto& peer) {
    return eligible(peer.second) && rendezvous_weight(peer.second.name_hash, key) > own_weight;
  });
}

bridge_duty bridge_exchange::duty_of(std::uint64_t id) const {
  const auto acts = [&](const node& n) { return has(roles_of(n, id), bridge_role::acts); };
  bridge_duty duty;
  duty.leads = chosen(id, acts);
  const auto covered = covered_.find(id);
  duty.covers_others = covered != covered_.end() && !covered->second.empty();
  for (std::size_t i = 0; i < reported_.size(); ++i) {
    const auto& to = reported_[i];
    const auto takes_on = [&](const node& n) {
      return acts(n) && has(roles_of(n, to.id), bridge_role::sends);
    };
    if (to.id != id && chosen(id ^ mix(to.id), takes_on))
      duty.hands_on |= std::uint64_t{1} << i;
  }
  return duty;
}

void bridge_exchange::update() {
  covered_.clear();
  for (const auto& [id, roles] : *own_.roles) {
    if (!has(roles, bridge_role::acts))
      continue;
    const auto acts = [id = id](const node& n) { return has(roles_of(n, id), bridge_role::acts); };
    auto& covered = covered_[id];
    for (const auto& [epoch, peer] : peers_)
      if (peer.roles && !has(roles_of(peer, id), bridge_role::hears)
          && chosen(id ^ mix(peer.name_hash), acts))
        covered.push_back(epoch);
  }
  bridge_duties now;
  for (const auto& own : reported_)
    now.duties.push_back(duty_of(own.id));
  if (now == duties_)
    return;
  duties_ = std::move(now);
  changed_ = true;
}

bool bridge_exchange::covers(std::uint64_t id, epoch_t peer) const {
  const auto covered = covered_.find(id);
  return covered != covered_.end() && std::ranges::binary_search(covered->second, peer);
}

std::optional<bridge_duties> bridge_exchange::take_duties() {
  if (!std::exchange(changed_, false))
    return std::nullopt;
  return duties_;
}

}  // namespace grapevine::cluster
