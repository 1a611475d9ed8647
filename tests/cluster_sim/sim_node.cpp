#include "sim_node.hpp"

#include "cluster/links/link_choice.hpp"

#include <utility>

namespace grapevine::cluster::sim {

namespace {

using namespace std::chrono_literals;

constexpr duration connect_timeout = 1s;
constexpr duration handshake_timeout = 3s;

node_info info_of(host_id host, epoch_t epoch) {
  node_info info;
  info.name = name_of(host);
  info.epoch = epoch;
  info.address = address_of(host);
  info.flags = node_flag::ready;
  return info;
}

}  // namespace

base::endpoint address_of(host_id host) {
  return {"10.0.0.1", static_cast<std::uint16_t>(7000 + host)};
}

std::string name_of(host_id host) {
  return "n" + std::to_string(host + 1);
}

sim_node::sim_node(host_id host, epoch_t epoch, const membership_settings& settings,
                   std::uint64_t seed, sim_clock& clock, sim_network& network,
                   const sim_trace& trace, observer told)
    : host_{host}, clock_{clock}, network_{network}, trace_{trace}, observer_{std::move(told)},
      membership_{info_of(host, epoch), settings, seed, clock.now()}, tick_interval_{
                                                                          settings.tick_interval} {
  network_.run(host_, *this);
  random_source random{seed};
  clock_.after(random.between(0ms, tick_interval_), [this, alive = alive_] {
    if (*alive)
      tick();
  });
}

void sim_node::tick() {
  clock_.after(tick_interval_, [this, alive = alive_] {
    if (*alive)
      tick();
  });
  if (!network_.paused(host_))
    perform(membership_.tick(clock_.now()));
}

void sim_node::leave() {
  perform(membership_.leave(clock_.now()));
}

void sim_node::stalled(epoch_t peer) {
  perform(membership_.on_link_stalled(peer, clock_.now()));
}

void sim_node::exit() {
  for (const auto& [id, c] : connections_) {
    if (c.state == phase::link)
      network_.send(id, host_, bye_frame{bye_reason::leaving});
    network_.close(id, host_);
  }
  connections_.clear();
  links_.clear();
  *alive_ = false;
  network_.kill(host_);
}

// -- effects

void sim_node::perform(const membership_effects& effects) {
  for (const auto& each : effects) {
    if (const auto* send = std::get_if<send_effect>(&each)) {
      if (const auto to = links_.find(send->to); to != links_.end())
        network_.send(to->second.id, host_, send->content);
    } else if (const auto* address = std::get_if<dial_effect>(&each)) {
      dial(*address);
    } else if (const auto* peer = std::get_if<drop_link_effect>(&each)) {
      drop(*peer);
    } else if (const auto* change = std::get_if<changed_effect>(&each)) {
      observer_.changed(*this, *change);
    } else if (const auto* health = std::get_if<health_effect>(&each)) {
      trace_(name_of(host_), " health ", health->score);
    } else {
      observer_.left(*this);
      return exit();
    }
  }
}

void sim_node::dial(const dial_effect& to) {
  // A later try replaces an earlier one to the same member, so that both ends see one at a time.
  if (to.expected != 0)
    for (const auto& [id, c] : connections_)
      if (c.dialled_by_us && c.expected == to.expected && c.state != phase::link) {
        network_.close(id, host_);
        connections_.erase(id);
        break;
      }
  const auto id = network_.connect(host_, static_cast<host_id>(to.address.port - 7000));
  connections_[id] = {true, to.expected, phase::connecting};
  trace_(name_of(host_), " dials ", name_of(to.address.port - 7000u), " #", id);
  clock_.after(connect_timeout, [this, alive = alive_, id] {
    if (!*alive)
      return;
    if (const auto c = connections_.find(id);
        c != connections_.end() && c->second.state == phase::connecting)
      give_up(id);
  });
}

/// Ends a connection that has not become a link.
void sim_node::give_up(connection_id id) {
  const auto c = connections_.extract(id).mapped();
  network_.close(id, host_);
  if (c.dialled_by_us && c.expected != 0)
    perform(membership_.on_link_refused(c.expected, clock_.now()));
}

void sim_node::refuse(connection_id id, bye_frame why) {
  network_.send(id, host_, why);
  give_up(id);
}

void sim_node::drop(const drop_link_effect& effect) {
  std::erase_if(connections_, [&](const auto& each) {
    const auto& [id, c] = each;
    const bool to_peer = c.state == phase::link ? c.peer == effect.peer : c.expected == effect.peer;
    if (!to_peer)
      return false;
    if (c.state == phase::link)
      network_.send(id, host_, bye_frame{effect.why});
    network_.close(id, host_);
    return true;
  });
  if (links_.erase(effect.peer) > 0)
    trace_(name_of(host_), " drops its link to ", effect.peer);
}

// -- connections

void sim_node::accepted(connection_id id) {
  connections_[id] = {};
  clock_.after(handshake_timeout, [this, alive = alive_, id] {
    if (!*alive)
      return;
    if (const auto c = connections_.find(id);
        c != connections_.end() && c->second.state == phase::proving)
      give_up(id);
  });
}

void sim_node::connected(connection_id id) {
  const auto found = connections_.find(id);
  if (found == connections_.end())
    return;
  auto& c = found->second;
  c.state = phase::proving;
  network_.send(id, host_, proof_frame{{}, membership_.self(), links_.contains(c.expected)});
  clock_.after(handshake_timeout, [this, alive = alive_, id] {
    if (!*alive)
      return;
    if (const auto waiting = connections_.find(id);
        waiting != connections_.end() && waiting->second.state == phase::proving)
      give_up(id);
  });
}

void sim_node::refused(connection_id id) {
  if (connections_.contains(id))
    give_up(id);
}

void sim_node::received(connection_id id, const std::any& content) {
  const auto found = connections_.find(id);
  if (found == connections_.end())
    return;
  if (const auto* proof = std::any_cast<proof_frame>(&content))
    on_proof(id, *proof);
  else if (const auto* bye = std::any_cast<bye_frame>(&content))
    on_bye(id, *bye);
  else if (const auto* swim = std::any_cast<swim_frame>(&content);
           swim && found->second.state == phase::link)
    perform(membership_.on_frame(found->second.peer, *swim, clock_.now()));
}

void sim_node::on_proof(connection_id id, const proof_frame& proof) {
  auto& c = connections_.at(id);
  const auto& peer = proof.info;
  const auto verdict = membership_.admit(peer, clock_.now());
  if (verdict.outcome != admission_verdict::kind::welcome) {
    trace_(name_of(host_), " does not admit ", peer.name, " ", peer.epoch);
    return refuse(id, {verdict.outcome == admission_verdict::kind::stale_epoch
                           ? bye_reason::stale_epoch
                           : bye_reason::name_conflict,
                       verdict.seen});
  }
  const auto now = clock_.now();
  const auto held = links_.find(peer.epoch);
  if (held != links_.end()) {
    const link_claim fresh{c.dialled_by_us, {}};
    const link_claim old{held->second.dialled_by_us, now - held->second.since};
    if (!replaces(fresh, old, proof.has_link, epoch(), peer.epoch))
      return refuse(id, {bye_reason::duplicate});
    network_.send(held->second.id, host_, bye_frame{bye_reason::duplicate});
    network_.close(held->second.id, host_);
    connections_.erase(held->second.id);
  }
  trace_(name_of(host_), " links ", peer.name, " ", peer.epoch, " #", id);
  if (!c.dialled_by_us)
    network_.send(id, host_, proof_frame{{}, membership_.self(), held != links_.end()});
  c.state = phase::link;
  c.peer = peer.epoch;
  links_.insert_or_assign(peer.epoch, link{id, c.dialled_by_us, now});
  perform(membership_.on_link_up(peer, now));
}

void sim_node::on_bye(connection_id id, const bye_frame& bye) {
  connections_.at(id).said_bye = true;
  trace_(name_of(host_), " hears bye ", static_cast<int>(bye.reason), " on #", id);
}

void sim_node::closed(connection_id id) {
  const auto found = connections_.find(id);
  if (found == connections_.end())
    return;
  if (found->second.state != phase::link)
    return give_up(id);
  const auto c = found->second;
  connections_.erase(found);
  links_.erase(c.peer);
  trace_(name_of(host_), " loses its link to ", c.peer, c.said_bye ? " after a bye #" : " #", id);
  perform(membership_.on_link_lost(c.peer, c.said_bye, clock_.now()));
}

}  // namespace grapevine::cluster::sim
