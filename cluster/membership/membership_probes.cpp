// The half of `membership` that asks members whether they live, and concludes from their silence.

#include "cluster/membership/membership.hpp"

#include <algorithm>
#include <utility>

namespace grapevine::cluster {

void membership::probe_due_members(time_point now) {
  choose_probe_sample(now);
  for (auto& [name, m] : members_.all())
    if (m.serving())
      advance_probe(m, now);
  for (auto& [name, m] : members_.all())
    if (m.suspected)
      expire_suspicion(m, now);
}

/// Above `probe_all_max` members only some are probed in each period, in shuffled rounds, so that
/// everybody's turn comes (SWIM section 4.3).
void membership::choose_probe_sample(time_point now) {
  if (members_.serving() <= settings_.probe_all_max || now < next_sample_)
    return;
  next_sample_ = now + settings_.probe_interval;
  probe_sample_.clear();
  while (probe_sample_.size() < settings_.probe_sample) {
    if (probe_round_.empty()) {
      for (const auto& [name, m] : members_.all())
        if (m.serving())
          probe_round_.push_back(m.info.epoch);
      probe_round_ = choose(std::move(probe_round_), members_.size());
    }
    probe_sample_.insert(probe_round_.back());
    probe_round_.pop_back();
  }
}

void membership::advance_probe(member& m, time_point now) {
  const bool sampled = members_.serving() > settings_.probe_all_max;
  if (m.probe) {
    // A late tick must not ask and conclude at once.
    if (!m.probe->asked_at && now - m.probe->started >= health_.scaled(settings_.probe_timeout))
      return ask_relays(m, now);
    if (now - m.probe->started < health_.scaled(settings_.probe_interval))
      return;
    fail_probe(m, now);
  }
  const bool chosen = !sampled || m.suspected || probe_sample_.contains(m.info.epoch);
  if (chosen && now - m.evidence() >= settings_.probe_interval)
    start_probe(m, now);
}

/// A suspect is told of the accusation in the probe itself (Lifeguard's buddy system, section
/// III.C).
void membership::start_probe(member& m, time_point now) {
  m.probe = open_probe{random_.next(), now, std::nullopt, {}};
  if (!m.linked)
    return ask_relays(m, now);
  auto rumours = piggyback();
  if (m.suspected)
    rumours.push_back(describe(m));
  send(m.info.epoch, probe_frame{m.probe->nonce, view_hash(), std::move(rumours)});
}

/// The relay that answered last is asked first: it may be the only one that can.
void membership::ask_relays(member& m, time_point now) {
  auto candidates = linked_peers();
  std::erase(candidates, m.info.epoch);
  std::vector<epoch_t> relays;
  if (std::erase(candidates, m.voucher) > 0)
    relays.push_back(m.voucher);
  for (const auto relay : choose(std::move(candidates), settings_.indirect_probes - relays.size()))
    relays.push_back(relay);
  m.probe->asked_at = now;
  for (const auto relay : relays) {
    auto rumours = piggyback();
    if (m.suspected)
      rumours.push_back(describe(m));
    m.probe->relays.push_back({relay, false});
    send(relay, probe_req_frame{m.probe->nonce, m.info.epoch, std::move(rumours)});
  }
}

void membership::fail_probe(member& m, time_point now) {
  const auto probe = *std::exchange(m.probe, std::nullopt);
  if (now < quiet_until_)
    return;
  // A relay that lives but said neither yes nor no: perhaps it is we who do not hear.
  const bool unheard = std::ranges::any_of(probe.relays, [&](const auto& asked) {
    const auto* relay = members_.find(asked.relay);
    return !asked.answered && relay && relay->linked && relay->state == member_state::alive
           && relay->heard > *probe.asked_at;
  });
  if (unheard)
    worsen_health(1);
  suspect(m, now);
}

/// This node's own verdict: opens the case, or confirms one that others have opened. Told at once
/// either way, because confirmations are what shortens the suspicion of a member that really is
/// dead.
void membership::suspect(member& m, time_point now) {
  if (m.suspected) {
    if (!m.suspected->confirm(self_.epoch))
      return;
  } else {
    m.suspected.emplace(now, self_.epoch);
    for (const auto accuser : std::exchange(m.accusers, {}))
      m.suspected->confirm(accuser);
    enter(m, member_state::suspect, now);
  }
  auto news = describe(m);
  news.from = self_.epoch;
  rumours_.push(news);
  for (const auto peer : choose(linked_peers(), settings_.gossip_nodes))
    send(peer, gossip_frame{piggyback()});
}

void membership::expire_suspicion(member& m, time_point now) {
  if (now < quiet_until_)
    return;
  const auto helpers = std::ranges::count_if(members_.all(), [&](const auto& each) {
    return &each.second != &m && each.second.linked && each.second.state == member_state::alive;
  });
  const auto wanted =
      std::min<unsigned>(settings_.suspicion_mult - 2, static_cast<unsigned>(helpers));
  const auto min =
      suspicion_min(settings_.suspicion_mult, members_.serving() + 1, settings_.probe_interval);
  const auto max = min * static_cast<int>(settings_.suspicion_max_mult);
  // All notice the same crash within one period, so whose suspicion has run out began that much
  // earlier at most.
  const auto timeout = m.suspected->condemned()
                           ? min - settings_.probe_interval
                           : suspicion_timeout(m.suspected->confirmations(), wanted, min, max);
  if (now - m.suspected->started() < health_.scaled(timeout))
    return;
  // It is heard but has not refuted yet: remind it, and do not call a talking node dead.
  if (fresh(m, now))
    return accuse(m, describe(m), now);
  enter(m, member_state::dead, now);
  rumours_.push(describe(m));
}

// -- frames

void membership::on_probe(epoch_t from, const probe_frame& probe, time_point now) {
  send(from, probe_ack_frame{probe.nonce, view_hash(), piggyback()});
  compare_view(from, probe.view, now);
}

void membership::on_ack(epoch_t from, const probe_ack_frame& ack, time_point now) {
  if (leaving_) {
    if (ack.nonce == leaving_->nonce)
      leaving_->waiting_for.erase(from);
    return finish_leaving(now);
  }
  compare_view(from, ack.view, now);
  for (auto& [name, m] : members_.all()) {
    if (!m.probe || m.probe->nonce != ack.nonce)
      continue;
    const auto asked = std::ranges::find(m.probe->relays, from, &open_probe::asked_relay::relay);
    if (asked == m.probe->relays.end())
      return;
    m.vouched = now;
    m.voucher = from;
    m.probe.reset();
    return;
  }
}

void membership::on_nack(epoch_t from, const probe_nack_frame& nack) {
  for (auto& [name, m] : members_.all())
    if (m.probe && m.probe->nonce == nack.nonce)
      for (auto& asked : m.probe->relays)
        if (asked.relay == from)
          asked.answered = true;
}

void membership::on_probe_request(epoch_t from, const probe_req_frame& request, time_point now) {
  const auto* target = members_.find(request.target);
  const bool reachable = target && target->linked && target->serving() && !leaving_;
  if (!reachable || !relays_.open(from, request.nonce, request.target, now))
    return send(from, probe_nack_frame{request.nonce});
  auto rumours = piggyback();
  if (target->suspected)
    rumours.push_back(describe(*target));
  send(request.target, probe_frame{random_.next(), view_hash(), std::move(rumours)});
}

/// Also the dead, when a link to them is up again: they have to hear it to refute.
std::vector<epoch_t> membership::linked_peers() const {
  std::vector<epoch_t> peers;
  for (const auto& [name, m] : members_.all())
    if (m.linked && m.state != member_state::left)
      peers.push_back(m.info.epoch);
  return peers;
}

/// A random subset in random order (Fisher-Yates).
std::vector<epoch_t> membership::choose(std::vector<epoch_t> from, std::size_t count) {
  count = std::min(count, from.size());
  for (std::size_t i = 0; i < count; ++i)
    std::swap(from[i], from[i + static_cast<std::size_t>(random_.below(from.size() - i))]);
  from.resize(count);
  return from;
}

}  // namespace grapevine::cluster
