#include "cluster/node/link_endings.hpp"

#include <utility>

namespace grapevine::cluster {

link_endings::link_endings(membership& members, peer_streams& streams, channel_exchanges& channels,
                           link_table& table, tunnel_carrier& tunnels, peer_register& peers,
                           node_effects& out, link_observer& who)
    : membership_{members}, streams_{streams}, channels_{channels}, table_{table},
      tunnels_{tunnels}, peers_{peers}, out_{out}, observer_{who} {}

// -- connections

void link_endings::shut(link_id id) {
  auto* c = table_.find(id);
  if (!c)
    return;
  c->closing = true;
  if (is_tunnel(id))
    tunnels_.close(id);
  else
    out_.push_back(close_link{id});
}

void link_endings::refuse(const connection& c) {
  ++refused_;
  shut(c.id);
}

void link_endings::offend(connection& c, std::string_view what, time_point now) {
  if (c.via == 0)
    table_.banned().note(c.address, now);
  const auto* p = table_.find_peer(c.peer);
  out_.push_back(
      link_news{link_news_kind::refused, p ? p->info.name : c.address, std::string{what}});
  if (!p || p->link != c.id)
    return refuse(c);
  ++refused_;
  c.say(bye_frame{bye_reason::protocol, 0});
  lose_link(c.peer, false, now);
}

void link_endings::end_tunnel(link_id id, time_point now) {
  const auto* t = table_.find(id);
  if (!t)
    return;
  if (const auto* p = table_.find_peer(t->peer); p && p->link == id)
    lose_link(t->peer, false, now);
  else
    shut(id);
}

// -- links

void link_endings::drop_link(epoch_t epoch, bye_reason why, time_point now) {
  if (auto* link = table_.link_of(epoch)) {
    link->say(bye_frame{why, 0});
    lose_link(epoch, true, now);
  }
}

void link_endings::lose_link(epoch_t epoch, bool said_bye, time_point now, std::string how) {
  auto* p = table_.find_peer(epoch);
  if (!p || p->link == 0)
    return;
  const auto* c = table_.find(p->link);
  const auto via = c ? c->via : 0;
  const auto id = unlink(*p);
  if (via != 0)
    tunnels_.on_lost(epoch, via, now);
  if (how.empty())
    how = said_bye ? "with a goodbye" : "lost";
  out_.push_back(link_news{link_news_kind::down, p->info.name, std::move(how)});
  end_relaying(epoch, id, now);
  if (const auto* still = table_.find_peer(epoch); still && still->gone)
    peers_.erase(epoch);
  observer_.perform(membership_.on_link_lost(epoch, said_bye, now), now);
}

void link_endings::give_way(epoch_t epoch, bool to_tunnel, time_point now) {
  auto& old = *table_.link_of(epoch);
  old.say(bye_frame{bye_reason::duplicate, 0});
  if (to_tunnel && old.via == 0)
    return lose_link(epoch, true, now, "lost by the other side");
  const auto id = unlink(*table_.find_peer(epoch));
  end_relaying(epoch, id, now);
}

link_id link_endings::unlink(peer& p) {
  const auto id = table_.detach(p);
  streams_.find(p.info.epoch)->close();
  channels_.interest().ignore_acks(p.info.epoch);
  shut(id);
  return id;
}

/// The link to that peer is gone: so is everything that went over it.
void link_endings::end_relaying(epoch_t epoch, link_id lost, time_point now) {
  if (is_tunnel(lost))
    return;
  for (const auto id : tunnels_.on_direct_lost(epoch))
    end_tunnel(id, now);
}

// -- peers

void link_endings::drop_peer(epoch_t epoch, roster_cause cause, time_point now) {
  auto* p = table_.find_peer(epoch);
  if (!p)
    return;
  // One that was started again was lost before that is known.
  const auto ago = cause == roster_cause::departed ? now - p->last_bytes : duration::zero();
  peers_.retire(*p, cause, ago, now);
  if (auto* link = table_.link_of(epoch)) {
    link->say(
        bye_frame{cause == roster_cause::died ? bye_reason::dead : bye_reason::stale_epoch, 0});
    const auto id = unlink(*p);
    end_relaying(epoch, id, now);
  }
  peers_.erase(epoch);
  observer_.perform(membership_.on_link_lost(epoch, true, now), now);
}

void link_endings::on_left(epoch_t epoch, time_point now) {
  auto* p = table_.find_peer(epoch);
  if (!p)
    return;
  peers_.retire(*p, roster_cause::departed, {}, now);
  if (p->link == 0)
    peers_.erase(epoch);
  else if (is_tunnel(p->link))
    lose_link(epoch, true, now);
}

}  // namespace grapevine::cluster
