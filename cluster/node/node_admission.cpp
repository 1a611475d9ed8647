// The part of `node_core` that lets other nodes in, one link per peer, and lets them go.

#include "cluster/node/node_core.hpp"

#include "cluster/links/certificate_names.hpp"
#include "cluster/links/link_choice.hpp"
#include "cluster/wire/shared_frame.hpp"

#include <algorithm>
#include <utility>

namespace grapevine::cluster {

namespace {

using namespace std::chrono_literals;

constexpr duration receipt_kept = 10min;

}  // namespace

// -- admission

void node_core::on_handshake_frame(connection& c, const frame& content, time_point now) {
  if (const auto* bye = std::get_if<bye_frame>(&content)) {
    out_.push_back(
        link_news{link_news_kind::refused, c.address, std::string{explain(bye->reason)}});
    ++stats_.refused;
    return shut(c.id);
  }
  const auto* expected = find_peer(c.expected);
  // Whom we reach through somebody else only has no link of ours to tell of, but to a tunnel.
  const bool has_link = expected && expected->link != 0 && (c.tunnel || !is_tunnel(expected->link));
  auto step = c.shake.on_frame(content, membership_.self(), has_link);
  for (auto& each : step.send)
    c.waiting.push_back(shared(each));
  if (step.refused) {
    say_bye(c, *step.refused);
    return offend(c, explain(*step.refused), now);
  }
  if (step.admitted)
    admit(c, step.peer, step.peer_has_link, now);
}

void node_core::admit(connection& c, const node_info& who, bool peer_has_link, time_point now) {
  const auto refuse = [&](bye_reason why, epoch_t seen) {
    ++stats_.refused;
    say_bye(c, why, seen);
    if (who.epoch != membership_.self().epoch && why != bye_reason::duplicate)
      out_.push_back(link_news{link_news_kind::refused, who.name, std::string{explain(why)}});
    shut(c.id);
  };
  if (c.secure && !certifies(c.certificate_names, who.name, settings_.allowed_names)) {
    out_.push_back(link_news{link_news_kind::refused, who.name,
                             "its certificate is for another name than its own"});
    return refuse(bye_reason::protocol, 0);
  }
  if (c.tunnel) {
    // No certificate can be seen through a tunnel. The relay is a member that has admitted both.
    const auto* m = membership_.members().find(c.expected);
    if (who.epoch != c.expected || !m || m->info.name != who.name)
      return refuse(bye_reason::protocol, 0);
    if (!m->serving())
      return refuse(bye_reason::dead, 0);
  }
  const auto verdict = membership_.admit(who, now);
  if (verdict.outcome == admission_verdict::kind::name_conflict)
    return refuse(bye_reason::name_conflict, 0);
  if (verdict.outcome == admission_verdict::kind::stale_epoch)
    return refuse(bye_reason::stale_epoch, verdict.seen);
  if (goodbye_said_)
    return refuse(bye_reason::leaving, 0);
  if (!find_peer(who.epoch) && peers_.size() >= interest_view::slots) {
    out_.push_back(link_news{link_news_kind::refused, who.name, "this node has no room for it"});
    return refuse(bye_reason::protocol, 0);
  }
  if (auto* known = find_peer(who.epoch); known && known->link != 0) {
    const link_claim held{known->dialled_by_us, now - known->linked_at, is_tunnel(known->link)};
    const link_claim fresh{c.dialled, {}, c.tunnel.has_value()};
    if (!replaces(fresh, held, peer_has_link, membership_.self().epoch, who.epoch))
      return refuse(bye_reason::duplicate, 0);
    auto& old = connections_.at(known->link);
    say_bye(old, bye_reason::duplicate);
    if (fresh.relayed && !held.relayed) {
      lose_link(*known, true, now, "lost by the other side");
    } else {
      old.peer = 0;
      shut(old.id);
      known->link = 0;
      known->stream.close();
      channels_.interest().ignore_acks(who.epoch);
      end_relaying(who.epoch, old.id, now);
    }
  }
  attach(c, who, now);
}

void node_core::attach(connection& c, const node_info& who, time_point now) {
  // A newer run of a known name makes membership drop the old one before the new one has a peer.
  auto effects = c.tunnel ? membership_.on_relayed_bytes(who.epoch, c.tunnel->via, now)
                          : membership_.on_link_up(who, now);
  auto& p = open_peer(who);
  p.info = who;
  p.link = c.id;
  p.dialled_by_us = c.dialled;
  p.linked_at = p.last_bytes = now;
  c.peer = who.epoch;
  c.admitted = true;
  p.stream.push_control(shared(p.stream.open(channels_.interest().forgotten(who.epoch))));
  out_.push_back(link_news{link_news_kind::up, who.name, c.address});
  perform(std::move(effects), now);
}

peer& node_core::open_peer(const node_info& who) {
  if (auto* known = find_peer(who.epoch))
    return *known;
  auto& stream = streams_.open(who.epoch, random_.next() | 1);
  auto& fresh = peers_.emplace(who.epoch, peer{who, stream}).first->second;
  std::optional<app_numbers> remembered;
  if (auto kept = receipts_.extract(who.epoch); !kept.empty()) {
    stream.incoming().recall(kept.mapped().stream, kept.mapped().received);
    remembered = std::move(kept.mapped().apps);
  }
  channels_.add_peer(who.epoch, who.name, std::move(remembered));
  return fresh;
}

// -- the end of a peer

void node_core::drop_peer(epoch_t epoch, roster_cause cause, time_point now) {
  auto* p = find_peer(epoch);
  if (!p)
    return;
  auto& in = p->stream.incoming();
  if (const auto* apps = channels_.apps_of(epoch);
      apps && cause == roster_cause::died && in.id() != 0)
    receipts_[epoch] = {in.id(), in.received(), *apps, now + receipt_kept};
  // One that was started again was lost before that is known.
  forget_peer(*p, cause, cause == roster_cause::departed ? now - p->last_bytes : duration::zero());
  if (p->link != 0) {
    const auto id = std::exchange(p->link, 0);
    auto& c = connections_.at(id);
    say_bye(c, cause == roster_cause::died ? bye_reason::dead : bye_reason::stale_epoch);
    c.peer = 0;
    shut(id);
    end_relaying(epoch, id, now);
  }
  erase_peer(epoch);
  perform(membership_.on_link_lost(epoch, true, now), now);
}

/// Nothing of it counts any more; the link may go on for a goodbye.
void node_core::forget_peer(peer& p, roster_cause cause, duration ago) {
  if (std::exchange(p.gone, true))
    return;
  streams_.retire(p.info.epoch);
  channels_.drop_peer(p.info.epoch, cause, ago);
}

}  // namespace grapevine::cluster
