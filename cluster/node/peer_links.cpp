#include "cluster/node/peer_links.hpp"

#include <utility>

namespace grapevine::cluster {

namespace {

using namespace std::chrono_literals;

/// Another relay may answer sooner.
constexpr duration tunnel_handshake = 1500ms;
/// What may wait for a relay beside a stream's window: a long frame, and what is no part of it.
constexpr std::size_t relay_slack = 2u << 20;

}  // namespace

peer_links::peer_links(const core_settings& settings, random_source& random, membership& members,
                       peer_streams& streams, channel_exchanges& channels, node_effects& out,
                       link_observer& who, time_point now)
    : settings_{settings}, membership_{members}, streams_{streams}, observer_{who},
      tunnels_{settings.session.window + settings.session.segment_max + relay_slack,
               settings.relay_total},
      peers_{table_, streams, channels, random}, endings_{members,  streams, channels, table_,
                                                          tunnels_, peers_,  out,      who},
      handshakes_{settings, members, streams,  channels, table_,
                  tunnels_, peers_,  endings_, out,      who},
      tunnel_links_{settings, members, table_, tunnels_, endings_},
      traffic_{table_, streams, tunnels_}, watch_{settings.session.received_stall, now} {}

// -- connections

void peer_links::on_open(link_id id, link_facts facts, time_point now) {
  table_.add(open_connection(id, std::move(facts), 0, settings_.admission, now));
}

void peer_links::on_closed(link_id id, time_point now) {
  const auto* c = table_.find(id);
  if (!c)
    return;
  const auto of = c->peer;
  const auto expected = c->expected;
  const bool failed = c->dialled && !c->admitted;
  table_.erase(id);
  if (const auto* p = table_.find_peer(of); p && p->link == id)
    endings_.lose_link(of, false, now);
  else if (failed)
    observer_.perform(membership_.on_link_refused(expected, now), now);
}

void peer_links::on_bytes(link_id id, std::string_view bytes, time_point now) {
  auto* c = table_.find(id);
  if (!c || c->closing)
    return;
  traffic_.note_received(bytes.size());
  read(*c, bytes, now);
}

void peer_links::read(connection& c, std::string_view bytes, time_point now) {
  note_bytes(c, now);
  const bool well_formed = c.read(bytes, [&](const frame_view& view, const frame& content) {
    if (c.peer != 0)
      return observer_.on_frame(c, view, content, now);
    handshakes_.on_frame(c, content, now);
    return true;
  });
  if (!well_formed)
    endings_.offend(c, "a malformed frame", now);
}

/// Whatever they say, bytes of a peer are a sign of life.
void peer_links::note_bytes(const connection& c, time_point now) {
  if (auto* p = table_.find_peer(c.peer))
    p->last_bytes = now;
  if (c.peer != 0 && c.via != 0) {
    traffic_.note_tunnelled(c.peer);
    observer_.perform(membership_.on_relayed_bytes(c.peer, c.via, now), now);
  } else if (c.peer != 0) {
    observer_.perform(membership_.on_bytes(c.peer, now), now);
  }
}

// -- tunnels

bool peer_links::on_relay(const connection& from, const relay_frame& f, bool relays,
                          time_point now) {
  const auto came = tunnel_links_.on_relay(from, f, relays, admits(), now);
  if (came.to)
    read(*came.to, f.bytes, now);
  return came.fits;
}

bool peer_links::on_relay_end(const connection& from, const relay_end_frame& f, time_point now) {
  return tunnel_links_.on_relay_end(from, f, now);
}

// -- time

void peer_links::tick(time_point now) {
  watch_.tick(now);
  end_overdue(now);
  for (const auto epoch : table_.epochs())
    check(epoch, now);
  table_.forget_old(now);
  if (admits())
    tunnel_links_.open_due(now);
}

void peer_links::end_overdue(time_point now) {
  for (const auto id : table_.overdue(settings_.handshake_timeout, tunnel_handshake, now))
    if (is_tunnel(id))
      endings_.shut(id);
    else
      endings_.refuse(*table_.find(id));
}

void peer_links::check(epoch_t epoch, time_point now) {
  auto* p = table_.find_peer(epoch);
  if (!p || p->link == 0)
    return;
  switch (watch_.judge(signs_of(*p, now), now)) {
  case link_verdict::of_use:
    return;
  case link_verdict::passes_nothing:
    tunnels_.on_lost(epoch, 0, now);
    return endings_.lose_link(epoch, true, now, "nothing comes through it");
  case link_verdict::stalled:
    p->stall_told = now;
    return observer_.perform(membership_.on_link_stalled(epoch, now), now);
  case link_verdict::slow_consumer:
    table_.link_of(epoch)->say(bye_frame{bye_reason::slow_consumer, 0});
    return endings_.lose_link(epoch, false, now);
  }
}

link_signs peer_links::signs_of(const peer& p, time_point now) const {
  const auto epoch = p.info.epoch;
  const auto& stream = *streams_.find(epoch);
  const auto* m = membership_.members().find(epoch);
  return {.tunnel = is_tunnel(p.link),
          .peer_alive = m && m->state == member_state::alive,
          .silent = membership_.only_vouched_for(epoch, link_watch::silence_max),
          .stream = stream.check(now),
          .unreceived = stream.outgoing().unreceived(),
          .unreceived_for = stream.outgoing().unreceived_for(now),
          .stall_told = p.stall_told};
}

void peer_links::add_to(node_stats& all) const {
  all.refused = endings_.refused();
  all.bytes_sent = traffic_.bytes_sent();
  all.bytes_received = traffic_.bytes_received();
  all.relayed_bytes = tunnels_.relayed_bytes();
  all.tunnels_opened = tunnels_.opened();
}

}  // namespace grapevine::cluster
