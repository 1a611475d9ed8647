// The half of `membership` that listens to rumours, decides what they change, and passes them on.

#include "cluster/membership/membership.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace grapevine::cluster {

namespace {

/// More confirmations than these do not shorten a suspicion.
constexpr std::size_t accusers_max = 8;

/// Rumours in one frame beside what must be in it; the rest goes with the next.
constexpr std::size_t piggyback_max = 16;
constexpr std::size_t host_length_max = 255;
/// Far above what refutations reach; a higher one is somebody's attempt to overflow the counter.
constexpr std::uint32_t incarnation_max = std::numeric_limits<std::uint32_t>::max() / 2;

bool plausible(const rumour& about) noexcept {
  return valid_node_name(about.name) && about.epoch != 0 && about.incarnation <= incarnation_max
         && about.address.host.size() <= host_length_max;
}

node_info info_of(const rumour& r) {
  return {r.name,     r.epoch, r.incarnation, r.address, r.proto_min, r.proto_max,
          r.features, 0,       r.flags};
}

}  // namespace

// -- hearing

void membership::apply_all(const std::vector<rumour>& rumours, time_point now) {
  for (const auto& each : rumours)
    apply(each, now);
}

void membership::apply(const rumour& news, time_point now) {
  if (!plausible(news))
    return;
  if (news.name == self_.name)
    return hear_about_self(news);
  auto* m = members_.find(std::string_view{news.name});
  if (const auto* same_epoch = members_.find(news.epoch); same_epoch != m && same_epoch)
    return;
  if (!m)
    return meet(news, now);
  if (news.epoch > m->info.epoch)
    return supersede(*m, news, now);
  if (news.epoch < m->info.epoch)
    return;
  if (!overrides(news, m->info.epoch, m->info.incarnation, m->state)) {
    const bool same_case = m->suspected && news.state == member_state::suspect
                           && news.incarnation == m->info.incarnation;
    if (same_case && m->suspected->confirm(news.from))
      rumours_.push(news);
    return;
  }
  switch (news.state) {
  case member_state::alive:
    return apply_alive(*m, news, now);
  case member_state::suspect:
    return apply_suspect(*m, news, now);
  case member_state::dead:
    return apply_dead(*m, news, now);
  case member_state::left:
    m->info.incarnation = news.incarnation;
    enter(*m, news.state, now);
    rumours_.push(news);
  }
}

/// The first news about a name. The dead are kept as well: their epoch must not come back, and they
/// are redialled.
void membership::meet(const rumour& news, time_point now) {
  if (members_.size() < settings_.members_max)
    introduce(news, now);
}

void membership::introduce(const rumour& news, time_point now) {
  member m;
  m.info = info_of(news);
  m.state = news.state;
  m.since = m.heard = now;
  if (news.state == member_state::suspect)
    m.suspected.emplace(now, news.from);
  m.dialling.schedule(now);
  const bool serving = members_.put(std::move(m)).serving();
  if (serving)
    out_.emplace_back(changed_effect{news.epoch, std::nullopt, news.state, false});
  rumours_.push(news);
}

void membership::supersede(member& old, const rumour& news, time_point now) {
  drop_link(old, bye_reason::stale_epoch);
  if (old.serving())
    out_.emplace_back(changed_effect{old.info.epoch, old.state, member_state::dead, true});
  introduce(news, now);
}

void membership::apply_alive(member& m, const rumour& news, time_point now) {
  const auto apps_hash = m.info.apps_hash;
  const bool updated = m.info.flags != news.flags || m.info.features != news.features;
  m.info = info_of(news);
  m.info.apps_hash = apps_hash;
  m.accusers.clear();
  rumours_.push(news);
  if (m.state != member_state::alive) {
    if (m.state == member_state::dead) {
      m.vouched = now;  // somebody has heard it, so probing starts with a full period
      m.dialling.schedule(now);
    }
    enter(m, member_state::alive, now);
  } else if (updated) {
    out_.emplace_back(changed_effect{m.info.epoch, m.state, m.state, false});
  }
}

void membership::apply_suspect(member& m, const rumour& news, time_point now) {
  if (fresh(m, now))
    return refuse_verdict(m, news, now);
  m.info.incarnation = news.incarnation;
  m.suspected.emplace(now, news.from);
  enter(m, member_state::suspect, now);
  rumours_.push(news);
}

/// Somebody else's verdict may be as old as a partition that has just healed, so that a member we
/// know to be alive gets the time to refute it. Where all suspect at the same time nothing is lost.
void membership::apply_dead(member& m, const rumour& news, time_point now) {
  if (fresh(m, now))
    return refuse_verdict(m, news, now);
  m.info.incarnation = news.incarnation;
  if (!m.suspected) {
    m.suspected.emplace(now, news.from);
    enter(m, member_state::suspect, now);
  }
  if (m.suspected->condemn())
    rumours_.push(news);
}

/// Fresh evidence wins: what we hear from the member itself, or through a relay, counts more than
/// what is said about it. The accusers are remembered, so that they count as soon as we have to
/// suspect it too.
void membership::refuse_verdict(member& m, const rumour& news, time_point now) {
  const bool known = std::ranges::find(m.accusers, news.from) != m.accusers.end();
  if (news.state == member_state::suspect && news.incarnation == m.info.incarnation && !known
      && m.accusers.size() < accusers_max)
    m.accusers.push_back(news.from);
  accuse(m, news, now);
}

/// Tells a member what is said about it, so that it can refute; through the relay that vouched for
/// it if need be.
void membership::accuse(member& m, const rumour& news, time_point now) {
  if (now - m.accused_at < settings_.gossip_interval)
    return;
  m.accused_at = now;
  send(m.linked ? m.info.epoch : m.voucher, gossip_frame{{news}});
}

bool membership::fresh(const member& m, time_point now) const {
  const auto oldest = now - 2 * settings_.probe_interval;
  return (m.linked && m.heard >= oldest) || (m.voucher != 0 && m.vouched >= oldest);
}

void membership::enter(member& m, member_state to, time_point now) {
  const auto from = std::exchange(m.state, to);
  m.since = now;
  if (to != member_state::suspect)
    m.suspected.reset();
  if (to == member_state::dead || to == member_state::left) {
    m.probe.reset();
    m.accusers.clear();
    m.voucher = 0;
  }
  if (from != to)
    out_.emplace_back(changed_effect{m.info.epoch, from, to, false});
  if (to == member_state::dead) {
    drop_link(m, bye_reason::dead);
    m.dialling.schedule(now + settings_.redial_min);
  }
}

/// Refutation (SWIM section 4.2): only we may raise our incarnation, and everybody hears of it at
/// once.
void membership::hear_about_self(const rumour& news) {
  if (news.epoch != self_.epoch || leaving_)
    return;
  const bool accused = news.state != member_state::alive && news.incarnation >= self_.incarnation;
  const bool impersonated =
      news.state == member_state::alive && news.incarnation > self_.incarnation;
  if (!accused && !impersonated)
    return;
  self_.incarnation = news.incarnation + 1;
  if (accused)
    worsen_health(1);
  announce_self();
}

// -- telling

void membership::send(epoch_t to, swim_frame content) {
  if (const auto* m = members_.find(to); m && m->linked)
    out_.emplace_back(send_effect{to, std::move(content)});
}

rumour membership::about_self() const {
  const auto& i = self_;
  const auto state = leaving_ ? member_state::left : member_state::alive;
  return {i.name,    i.epoch, i.incarnation, state,       i.epoch,
          i.address, i.flags, i.proto_min,   i.proto_max, i.features};
}

void membership::announce_self() {
  rumours_.push(about_self());
  for (const auto peer : linked_peers())
    send(peer, gossip_frame{{about_self()}});
}

std::vector<rumour> membership::piggyback() {
  return rumours_.take(piggyback_max,
                       retransmit_limit(settings_.retransmit_mult, members_.serving() + 1));
}

void membership::gossip(time_point now) {
  if (now < next_gossip_ || rumours_.empty())
    return;
  next_gossip_ = now + settings_.gossip_interval;
  for (const auto peer : choose(linked_peers(), settings_.gossip_nodes))
    if (auto rumours = piggyback(); !rumours.empty())
      send(peer, gossip_frame{std::move(rumours)});
}

/// All we know, for a peer that may know nothing. The long dead are left out, or they would be
/// taught for ever by those who have just learnt of them.
std::vector<rumour> membership::everything(time_point now) const {
  std::vector<rumour> list{about_self()};
  for (const auto& [name, m] : members_.all())
    if (m.serving() || now - m.since < settings_.redial_fast_for)
      list.push_back(describe(m));
  return list;
}

void membership::push_pull(time_point now) {
  if (now < next_push_pull_)
    return;
  const auto serving = members_.serving() + 1;
  int doublings = 0;
  for (std::size_t n = 32; n < serving; n *= 2)
    ++doublings;
  next_push_pull_ = now + settings_.push_pull_interval * (1 + doublings);
  for (const auto peer : choose(linked_peers(), 1))
    send(peer, members_frame{true, everything(now)});
}

/// Members that talk all the time are not probed, so one of them is in each period, for its view.
void membership::offer_view() {
  for (const auto peer : choose(linked_peers(), 1))
    send(peer, probe_frame{random_.next(), view_hash(), piggyback()});
}

/// Gossip reaches everybody with high probability only. Two nodes with nothing left to tell that
/// still differ have found the improbable case.
void membership::compare_view(epoch_t with, std::uint64_t view, time_point now) {
  if (view == view_hash() || !rumours_.empty() || now < next_repair_)
    return;
  next_repair_ = now + settings_.repair_interval;
  send(with, members_frame{true, everything(now)});
}

std::uint64_t membership::view_hash() const {
  const auto one = [](const node_info& info) { return mix(info.epoch ^ mix(info.incarnation)); };
  auto hash = one(self_);
  for (const auto& [name, m] : members_.all())
    if (m.serving())
      hash ^= one(m.info);
  return hash;
}

}  // namespace grapevine::cluster
