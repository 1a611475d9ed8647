#include "cluster/node/tunnel_links.hpp"

#include "cluster/tunnels/tunnel_nonce.hpp"

#include <string>
#include <vector>

namespace grapevine::cluster {

namespace {

bool may_relay(const member& m) noexcept {
  return m.state == member_state::alive && (m.info.flags & node_flag::ready) != 0
         && (m.info.flags & node_flag::leaving) == 0;
}

}  // namespace

tunnel_links::tunnel_links(const core_settings& settings, const membership& members,
                           link_table& table, tunnel_carrier& tunnels, link_endings& endings)
    : settings_{settings}, membership_{members}, table_{table}, tunnels_{tunnels}, endings_{
                                                                                       endings} {}

// -- opened by this node

void tunnel_links::open_due(time_point now) {
  std::vector<epoch_t> unlinked;
  std::vector<epoch_t> relays;
  for (const auto& [name, m] : membership_.members().all()) {
    if (!m.serving())
      continue;
    const auto* p = table_.find_peer(m.info.epoch);
    if (!p || p->link == 0)
      unlinked.push_back(m.info.epoch);
    else if (!is_tunnel(p->link) && may_relay(m))
      relays.push_back(m.info.epoch);
  }
  for (const auto& each : tunnels_.open_due(membership_.self().epoch, unlinked, relays, now))
    add(each, now);
}

void tunnel_links::add(const tunnel_carrier::tunnel& t, time_point now) {
  const auto* via = table_.find_peer(t.via);
  link_facts facts{
      .dialled = t.dialled,
      .expected = t.peer(),
      .address = "through " + (via ? via->info.name : std::string{"nobody"}),
      .tls_binding = {},
      .certificate_names = {},
      .nonce = tunnel_nonce(settings_.tunnel_seed, membership_.self().epoch, t.id & ~tunnel_bit)};
  table_.add(open_connection(t.id, std::move(facts), t.via, settings_.admission, now));
}

// -- frames

/// What no node sends is a tunnel within a tunnel, or somebody else's name.
tunnel_links::arrival tunnel_links::on_relay(const connection& from, const relay_frame& f,
                                             bool relays, bool admits, time_point now) {
  if (from.via != 0)
    return {.fits = false};
  const auto* origin = membership_.members().find(f.origin);
  const auto came = tunnels_.on_relay(
      from.peer, f, {membership_.self().epoch, relays, admits && origin && origin->serving()});
  for (const auto id : came.replaced)
    endings_.shut(id);
  if (came.accepted)
    add(*came.accepted, now);
  auto* to = table_.find(came.to);
  return {.fits = came.fits, .to = to && !to->closing ? to : nullptr};
}

bool tunnel_links::on_relay_end(const connection& from, const relay_end_frame& f, time_point now) {
  if (from.via != 0)
    return false;
  const auto came = tunnels_.on_relay_end(from.peer, f, membership_.self().epoch);
  endings_.end_tunnel(came.to, now);
  return came.fits;
}

// -- the end of a call

void tunnel_links::finish_turn() {
  for (const auto id : tunnels_.take_closing()) {
    std::string last;
    if (auto* t = table_.find(id)) {
      std::vector<slice> slices;
      t->take_waiting(slices);
      for (const auto& each : slices)
        last += each.bytes;
    }
    tunnels_.finish(id, last);
    table_.erase(id);
  }
}

}  // namespace grapevine::cluster
