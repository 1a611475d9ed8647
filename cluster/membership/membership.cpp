#include "cluster/membership/membership.hpp"

#include <algorithm>
#include <utility>

namespace grapevine::cluster {

namespace {

using namespace std::chrono_literals;

constexpr duration tick_late = 500ms;
constexpr duration seed_backoff_min = 200ms;
constexpr duration seed_backoff_max = 2s;
constexpr duration goodbye_linger = 2s;

}  // namespace

membership::membership(node_info self, const membership_settings& settings, std::uint64_t seed,
                       time_point now)
    : self_{std::move(self)}, settings_{settings}, random_{seed}, health_{settings.health_max},
      last_tick_{now}, period_end_{now + settings.probe_interval}, next_gossip_{now},
      next_push_pull_{now + random_.between(duration::zero(), settings.push_pull_interval)},
      next_repair_{now} {
  for (const auto& address : settings_.seeds)
    if (address != self_.address)
      seeds_.push_back({address, now, seed_backoff_min});
}

membership_effects membership::done() {
  return std::exchange(out_, {});
}

bool membership::knows(const base::endpoint& address) const {
  return address == self_.address || std::ranges::any_of(members_.all(), [&](const auto& each) {
           return each.second.serving() && each.second.info.address == address;
         });
}

// -- time

membership_effects membership::tick(time_point now) {
  notice_pause(now);
  if (now - last_tick_ >= settings_.tick_interval + tick_late)
    worsen_health(1);
  last_tick_ = now;
  if (leaving_) {
    finish_leaving(now);
    return done();
  }
  for (const auto& [requester, nonce] : relays_.overdue(
           now, (settings_.probe_interval - settings_.probe_timeout) / 2, settings_.probe_interval))
    send(requester, probe_nack_frame{nonce});
  probe_due_members(now);
  redial_and_forget(now);
  dial_seeds(now);
  gossip(now);
  push_pull(now);
  if (now >= period_end_) {
    period_end_ = now + settings_.probe_interval;
    const auto before = health_.score();
    health_.end_period();
    notice_health(before);
    offer_view();
  }
  return done();
}

/// Every call begins here, because after SIGCONT frames and resets may be handled before the tick
/// is.
void membership::notice_pause(time_point now) {
  const auto late = now - last_tick_ - settings_.tick_interval;
  if (late <= std::max<duration>(1s, 2 * settings_.probe_interval))
    return;
  postpone_all(late);
  last_tick_ = now;
  quiet_until_ = now + settings_.probe_interval;
  worsen_health(2);
  for (auto& [name, m] : members_.all())
    if (m.linked && m.serving())
      start_probe(m, now);
}

void membership::postpone_all(duration by) {
  for (auto& [name, m] : members_.all()) {
    m.heard += by;
    m.vouched += by;
    m.probe.reset();
    m.dialling.postpone(by);
    if (m.suspected)
      m.suspected->postpone(by);
  }
  relays_.postpone(by);
}

void membership::worsen_health(unsigned by) {
  const auto before = health_.score();
  health_.worsen(by);
  notice_health(before);
}

void membership::notice_health(unsigned before) {
  if (health_.score() != before)
    out_.emplace_back(health_effect{health_.score()});
}

// -- links

membership_effects membership::on_bytes(epoch_t from, time_point now) {
  notice_pause(now);
  if (auto* m = members_.find(from))
    hear(*m, now);
  return done();
}

membership_effects membership::on_relayed_bytes(epoch_t from, epoch_t via, time_point now) {
  notice_pause(now);
  if (auto* m = members_.find(from); m && m->serving()) {
    m->vouched = now;
    m->voucher = via;
    m->probe.reset();
  }
  return done();
}

bool membership::only_vouched_for(epoch_t peer, duration time) const {
  const auto* m = members_.find(peer);
  return m && m->linked && m->state == member_state::alive && m->voucher != 0
         && m->vouched - m->heard >= time;
}

void membership::hear(member& m, time_point now) {
  m.heard = now;
  m.probe.reset();
  for (const auto& [requester, nonce] : relays_.heard(m.info.epoch))
    send(requester, probe_ack_frame{nonce, view_hash(), {}});
}

membership_effects membership::on_frame(epoch_t from, const swim_frame& content, time_point now) {
  notice_pause(now);
  auto* m = members_.find(from);
  if (!m)
    return done();
  // An ack of a probe of its own closes that probe here already; `on_ack` finds those of others.
  hear(*m, now);
  std::visit(
      [&]<class Frame>(const Frame& f) {
        if constexpr (requires { f.rumours; })
          apply_all(f.rumours, now);
        if constexpr (std::is_same_v<Frame, probe_frame>)
          on_probe(from, f, now);
        else if constexpr (std::is_same_v<Frame, probe_ack_frame>)
          on_ack(from, f, now);
        else if constexpr (std::is_same_v<Frame, probe_req_frame>)
          on_probe_request(from, f, now);
        else if constexpr (std::is_same_v<Frame, probe_nack_frame>)
          on_nack(from, f);
        else if constexpr (std::is_same_v<Frame, members_frame>)
          if (f.answer)
            send(from, members_frame{false, everything(now)});
      },
      content);
  return done();
}

admission_verdict membership::admit(const node_info& peer, time_point now) const {
  using enum admission_verdict::kind;
  if (!valid_node_name(peer.name) || peer.name == self_.name || peer.epoch == self_.epoch
      || peer.epoch == 0)
    return {name_conflict};
  if (const auto* m = members_.find(peer.epoch); m && m->info.name != peer.name)
    return {name_conflict};
  const auto* m = members_.find(std::string_view{peer.name});
  const bool stale = m
                     && (m->info.epoch > peer.epoch
                         || (m->info.epoch == peer.epoch && m->state == member_state::left));
  if (stale)
    return {stale_epoch, m->info.epoch};
  // A restart comes from the same address, or after the old run has fallen silent.
  const bool lives_elsewhere = m && m->info.epoch != peer.epoch && m->linked
                               && m->info.address != peer.address && fresh(*m, now);
  if (lives_elsewhere)
    return {name_conflict};
  return {};
}

membership_effects membership::on_link_up(const node_info& peer, time_point now) {
  notice_pause(now);
  const auto& i = peer;
  apply({i.name, i.epoch, i.incarnation, member_state::alive, i.epoch, i.address, i.flags,
         i.proto_min, i.proto_max, i.features},
        now);
  if (auto* m = members_.find(peer.epoch)) {
    m->info.apps_hash = peer.apps_hash;
    m->linked = true;
    m->dialling.schedule(now);
    hear(*m, now);
    send(peer.epoch, members_frame{false, everything(now)});
  }
  return done();
}

membership_effects membership::on_link_lost(epoch_t peer, bool said_bye, time_point now) {
  notice_pause(now);
  auto* m = members_.find(peer);
  if (!m || !m->linked)
    return done();
  m->linked = false;
  if (leaving_) {
    leaving_->waiting_for.erase(peer);
    finish_leaving(now);
    return done();
  }
  m->dialling.schedule(now + random_.between(settings_.redial_min / 2, settings_.redial_min));
  if (!said_bye && m->serving() && now >= quiet_until_)
    suspect(*m, now);
  return done();
}

membership_effects membership::on_link_refused(epoch_t expected, time_point now) {
  notice_pause(now);
  if (auto* m = members_.find(expected))
    m->dialling.failed(now, !m->serving() && now - m->since > settings_.redial_fast_for, settings_,
                       random_);
  return done();
}

membership_effects membership::on_link_stalled(epoch_t peer, time_point now) {
  notice_pause(now);
  auto* m = members_.find(peer);
  if (m && m->linked && m->serving() && now >= quiet_until_ && !leaving_)
    suspect(*m, now);
  return done();
}

void membership::redial_and_forget(time_point now) {
  auto& all = members_.all();
  for (auto at = all.begin(); at != all.end();) {
    auto& m = at->second;
    const auto gone_for = m.serving() ? duration::zero() : now - m.since;
    if (m.state == member_state::left && gone_for >= goodbye_linger)
      drop_link(m, bye_reason::leaving);
    if (!m.linked && m.state != member_state::left && m.dialling.due(now)) {
      m.dialling.started();
      out_.emplace_back(dial_effect{m.info.address, m.info.epoch});
    }
    if (gone_for >= settings_.forget_after && !m.linked)
      members_.erase(at++);
    else
      ++at;
  }
}

/// The link counts as gone at once; the caller need not report what it was told to do.
void membership::drop_link(member& m, bye_reason why) {
  if (std::exchange(m.linked, false))
    out_.emplace_back(drop_link_effect{m.info.epoch, why});
}

/// True if a member at that address is linked or dialled anyway, whoever runs there now.
bool membership::redials(const base::endpoint& address) const {
  return std::ranges::any_of(members_.all(), [&](const auto& each) {
    return each.second.state != member_state::left && each.second.info.address == address;
  });
}

/// Until the first link seeds are tried with back-off, later those where no member is, so that
/// clusters that started apart find each other.
void membership::dial_seeds(time_point now) {
  const bool alone = members_.serving() == 0;
  for (auto& seed : seeds_) {
    if (now < seed.next)
      continue;
    if (!redials(seed.address))
      out_.emplace_back(dial_effect{seed.address, 0});
    const auto wait =
        alone ? random_.between(seed.backoff / 2, seed.backoff) : settings_.seed_interval;
    seed.next = now + wait;
    seed.backoff = std::min(seed.backoff * 2, seed_backoff_max);
  }
}

void membership::renew(epoch_t higher) {
  self_.epoch = std::max(self_.epoch, higher);
}

// -- leaving

membership_effects membership::set_flags(std::uint8_t flags, time_point now) {
  notice_pause(now);
  if (flags == self_.flags || leaving_)
    return done();
  self_.flags = flags;
  ++self_.incarnation;
  announce_self();
  return done();
}

membership_effects membership::leave(time_point now) {
  notice_pause(now);
  if (leaving_)
    return done();
  const auto peers = linked_peers();
  leaving_ = leaving{now + settings_.leave_timeout, random_.next(), {peers.begin(), peers.end()}};
  self_.flags |= node_flag::leaving;
  for (const auto peer : peers)
    send(peer, probe_frame{leaving_->nonce, view_hash(), {about_self()}});
  finish_leaving(now);
  return done();
}

void membership::finish_leaving(time_point now) {
  if (!leaving_->waiting_for.empty() && now < leaving_->until)
    return;
  if (std::exchange(leaving_->until, time_point::max()) != time_point::max()) {
    leaving_->waiting_for = {0};
    out_.emplace_back(left_effect{});
  }
}

}  // namespace grapevine::cluster
