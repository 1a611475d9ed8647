#include "cluster/node/node_core.hpp"

#include "cluster/visitor.hpp"
#include "cluster/wire/frame_codec.hpp"
#include "cluster/wire/shared_frame.hpp"

#include <algorithm>
#include <utility>

namespace grapevine::cluster {

namespace {

using namespace std::chrono_literals;

/// How long a leaving node waits for its queues to run empty before it says goodbye all the same.
constexpr duration last_words = 1s;
/// After so long without a tick this node was stopped: what its peers have said meanwhile is to be
/// read before anybody is taken for silent.
constexpr duration own_pause = 500ms;
/// What may wait for a relay beside a stream's window: a long frame, and what is no part of it.
constexpr std::size_t relay_slack = 2u << 20;

}  // namespace

node_core::node_core(node_settings settings, std::uint64_t seed, time_point now)
    : settings_{std::move(settings)}, random_{seed}, membership_{settings_.self,
                                                                 settings_.membership,
                                                                 random_.next(), now},
      relays_{settings_.session.window + settings_.session.segment_max + relay_slack,
              settings_.relay_total},
      streams_{settings_.session}, channels_{settings_, random_.next(), membership_, streams_,
                                             out_},
      next_membership_tick_{now}, last_tick_{now} {
  update_owners(now);
}

// -- time

node_effects node_core::tick(time_point now) {
  if (now - last_tick_ >= own_pause)
    links_trusted_until_ = now + own_pause;
  last_tick_ = now;
  if (now >= next_membership_tick_) {
    next_membership_tick_ = now + settings_.membership.tick_interval;
    perform(membership_.tick(now), now);
  }
  check_links(now);
  open_tunnels(now);
  channels_.tick(now);
  if (leaving_since_ && !goodbye_said_) {
    if (streams_.idle() || now - *leaving_since_ >= last_words) {
      goodbye_said_ = true;
      perform(membership_.leave(now), now);
    }
  }
  return done(now);
}

/// The end of every call: what was said in it is put into the streams, and what had to wait for
/// that goes on.
node_effects node_core::done(time_point now) {
  channels_.finish_turn(now);
  close_tunnels();
  return std::exchange(out_, {});
}

void node_core::on_call(const node_call& call, time_point now, std::string_view frames) {
  std::visit(visitor{[&](const calls::forward& event) {
                       channels_.publish(event.key, event.cache,
                                         frames.substr(event.begin, event.size), now);
                     },
                     [&](const calls::become_ready& life) { on(life, now); },
                     [&](const calls::begin_leaving& life) { on(life, now); },
                     [&](const calls::leave& life) { on(life, now); },
                     [&](const auto& of_channels) { channels_.on(of_channels, now); }},
             call);
}

// -- membership

void node_core::perform(membership_effects effects, time_point now) {
  for (const auto& effect : effects)
    std::visit([&](const auto& each) { perform(each, now); }, effect);
}

void node_core::perform(const send_effect& effect, time_point) {
  auto* p = find_peer(effect.to);
  if (!p || p->link == 0)
    return;
  auto content = std::visit([](const auto& each) { return frame{each}; }, effect.content);
  p->stream.push_control(shared(content));
}

void node_core::perform(const dial_effect& effect, time_point now) {
  if (now >= dials_paused_until_)
    out_.push_back(dial{effect.address, effect.expected});
  else if (effect.expected != 0)
    perform(membership_.on_link_refused(effect.expected, now), now);
}

void node_core::perform(const drop_link_effect& effect, time_point now) {
  auto* p = find_peer(effect.peer);
  if (!p || p->link == 0)
    return;
  if (auto found = connections_.find(p->link); found != connections_.end())
    say_bye(found->second, effect.why);
  lose_link(*p, true, now);
}

void node_core::perform(const changed_effect& effect, time_point now) {
  const auto* m = membership_.members().find(effect.peer);
  const auto* p = find_peer(effect.peer);
  const std::string name = m ? m->info.name : p ? p->info.name : std::string{};
  if (effect.from != effect.to)
    out_.push_back(member_news{name, effect.peer, effect.from, effect.to, effect.superseded});
  switch (effect.to) {
  case member_state::alive:
    knew_peers_ = true;
    if (p && p->link != 0 && p->stream.ready()) {
      channels_.interest().await_acks(effect.peer);
    }
    break;
  case member_state::suspect:
    ++stats_.suspicions;
    channels_.interest().ignore_acks(effect.peer);
    break;
  case member_state::dead:
    if (!effect.superseded)
      ++stats_.deaths;
    drop_peer(effect.peer, effect.superseded ? roster_cause::departed : roster_cause::died, now);
    break;
  case member_state::left:
    // The link stays for the answer to its goodbye.
    if (auto* leaver = find_peer(effect.peer)) {
      forget_peer(*leaver, roster_cause::departed, {});
      if (leaver->link == 0)
        erase_peer(effect.peer);
      else if (is_tunnel(leaver->link))
        lose_link(*leaver, true, now);
    }
    break;
  }
  update_owners(now);
}

void node_core::perform(const health_effect& effect, time_point) {
  stats_.health = effect.score;
}

void node_core::perform(const left_effect&, time_point) {
  out_.push_back(departed{});
}

void node_core::update_owners(time_point now) {
  std::vector<cache_placement::candidate> candidates;
  const auto may_own = [](std::uint8_t flags) {
    return (flags & node_flag::ready) != 0 && (flags & node_flag::leaving) == 0;
  };
  if (may_own(membership_.self().flags))
    candidates.push_back({membership_.self().name, membership_.self().epoch});
  for (const auto& [name, m] : membership_.members().all())
    if (m.serving() && may_own(m.info.flags))
      candidates.push_back({name, m.info.epoch});
  channels_.set_owners(std::move(candidates), now);
}

// -- life

void node_core::on(const calls::become_ready&, time_point now) {
  perform(membership_.set_flags(membership_.self().flags | node_flag::ready, now), now);
  update_owners(now);
}

void node_core::on(const calls::begin_leaving&, time_point now) {
  perform(membership_.set_flags(membership_.self().flags | node_flag::leaving, now), now);
  update_owners(now);
}

void node_core::on(const calls::leave&, time_point now) {
  if (!leaving_since_)
    leaving_since_ = now;
}

bool node_core::settled() const {
  return std::ranges::all_of(membership_.members().all(), [&](const auto& each) {
    const auto& m = each.second;
    if (m.state != member_state::alive)
      return true;
    const auto p = peers_.find(m.info.epoch);
    return p != peers_.end() && p->second.link != 0 && channels_.interest().knows(m.info.epoch);
  });
}

bool node_core::isolated() const {
  return knew_peers_
         && std::ranges::none_of(peers_, [](const auto& each) { return each.second.link != 0; })
         && std::ranges::any_of(membership_.members().all(), [](const auto& each) {
              return each.second.state != member_state::left;
            });
}

bool node_core::overloaded() const {
  return streams_.full();
}

std::vector<node_core::peer_facts> node_core::peers() const {
  std::vector<peer_facts> facts;
  for (const auto& [epoch, p] : peers_) {
    if (p.gone)
      continue;
    facts.push_back({.name = p.info.name,
                     .epoch = epoch,
                     .linked = p.link != 0,
                     .slow = p.stream.outgoing().slow(),
                     .queue_bytes = p.stream.bytes(),
                     .interest_keys = channels_.interest().keys_of(epoch),
                     .apps_differ = p.info.apps_hash != settings_.self.apps_hash,
                     .events = channels_.tally(epoch),
                     .relay = {}});
    if (is_tunnel(p.link))
      if (const auto* via = membership_.members().find(connections_.at(p.link).tunnel->via))
        facts.back().relay = via->info.name;
  }
  return facts;
}

node_stats node_core::stats() const {
  auto result = stats_;
  channels_.add_to(result);
  result.queue_bytes = streams_.bytes();
  return result;
}

// -- peers

peer* node_core::find_peer(epoch_t epoch) {
  const auto found = peers_.find(epoch);
  return found == peers_.end() ? nullptr : &found->second;
}

void node_core::erase_peer(epoch_t epoch) {
  peers_.erase(epoch);
  streams_.erase(epoch);
}

}  // namespace grapevine::cluster
