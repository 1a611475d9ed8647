#include "cluster/node/node_core.hpp"

#include "cluster/visitor.hpp"
#include "cluster/wire/shared_frame.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace grapevine::cluster {

namespace {

using namespace std::chrono_literals;

/// How long a leaving node waits for its queues to run empty before it says goodbye all the same.
constexpr duration last_words = 1s;
/// How far a node goes beyond an epoch that was taken: two that do so at a time differ.
constexpr std::uint64_t epoch_step_max = 1u << 20;
/// A node whose name is taken tries again after this time, not at once.
constexpr duration pause_after_conflict = 2s;

}  // namespace

node_core::node_core(node_settings settings, std::uint64_t seed, time_point now)
    : settings_{std::move(settings)}, random_{seed}, membership_{settings_.self,
                                                                 settings_.membership,
                                                                 random_.next(), now},
      streams_{settings_.session}, channels_{settings_, random_.next(), membership_, streams_,
                                             out_},
      links_{settings_, random_, membership_, streams_, channels_, out_, *this, now},
      next_membership_tick_{now} {
  channels_.update_owners(now);
}

/// The end of every call: what was said in it is put into the streams, and what had to wait for
/// that goes on.
node_effects node_core::done(time_point now) {
  channels_.finish_turn(now);
  links_.finish_turn();
  return std::exchange(out_, {});
}

node_effects node_core::tick(time_point now) {
  if (now >= next_membership_tick_) {
    next_membership_tick_ = now + settings_.membership.tick_interval;
    perform(membership_.tick(now), now);
  }
  links_.tick(now);
  channels_.tick(now);
  if (leaving_since_ && links_.admits()
      && (streams_.idle() || now - *leaving_since_ >= last_words)) {
    links_.stop_admitting();
    perform(membership_.leave(now), now);
  }
  return done(now);
}

// -- connections

node_effects node_core::on_open(link_id id, link_facts facts, time_point now) {
  links_.on_open(id, std::move(facts), now);
  return done(now);
}

node_effects node_core::on_dial_failed(epoch_t expected, time_point now) {
  perform(membership_.on_link_refused(expected, now), now);
  return done(now);
}

node_effects node_core::on_bytes(link_id id, std::string_view bytes, time_point now) {
  links_.on_bytes(id, bytes, now);
  return done(now);
}

node_effects node_core::on_closed(link_id id, time_point now) {
  links_.on_closed(id, now);
  return done(now);
}

// -- calls

void node_core::on_call(const node_call& call, time_point now, std::string_view frames) {
  std::visit(visitor{[&](const calls::forward& event) {
                       channels_.publish(event, frames.substr(event.begin, event.size), now);
                     },
                     [&](const calls::become_ready&) { set_flag(node_flag::ready, now); },
                     [&](const calls::begin_leaving&) {
                       set_flag(node_flag::leaving, now);
                       channels_.begin_leaving();
                     },
                     [&](const calls::leave&) {
                       if (!leaving_since_)
                         leaving_since_ = now;
                     },
                     [&](const auto& of_channels) { channels_.on(of_channels, now); }},
             call);
}

void node_core::set_flag(std::uint8_t flag, time_point now) {
  perform(membership_.set_flags(membership_.self().flags | flag, now), now);
  channels_.update_owners(now);
}

// -- frames

bool node_core::on_frame(connection& c, const frame_view& view, const frame& content,
                         time_point now) {
  const auto from = c.peer;
  auto* stream = streams_.find(from);
  if (!stream)
    return false;
  if (sequenced(view.type) && !(stream->ready() && stream->incoming().accept(view.size()))) {
    links_.offend(c, "frames beyond the agreed window", now);
    return false;
  }
  const bool fits = std::visit(
      visitor{[](const hello_frame&) { return false; }, [](const proof_frame&) { return false; },
              [&](const resume_frame& f) {
                on_resume(from, f, now);
                return true;
              },
              [&](const bye_frame& f) {
                on_bye(from, f, now);
                return true;
              },
              [&](const ack_frame& f) { return stream->on_ack(f, now); },
              [&](const relay_frame& f) { return links_.on_relay(c, f, relays(), now); },
              [&](const relay_end_frame& f) { return links_.on_relay_end(c, f, now); },
              [&]<class Frame>(const Frame& f) {
                if constexpr (std::is_constructible_v<swim_frame, Frame>) {
                  if (c.via == 0)  // membership hears nothing from those it has no link to
                    perform(membership_.on_frame(from, f, now), now);
                } else if (channels_.has_peer(from)) {
                  channels_.on_frame(from, f, now);
                }
                return true;
              }},
      content);
  if (!fits)
    links_.offend(c, "a frame that has no place here", now);
  return c.peer != 0 && !c.closing;
}

void node_core::on_bye(epoch_t from, const bye_frame& said, time_point now) {
  const auto name = links_.table().find_peer(from)->info.name;
  links_.lose_link(from, true, now);
  auto why = std::string{explain(said.reason)};
  switch (said.reason) {
  case bye_reason::leaving:
  case bye_reason::duplicate:
    return;
  case bye_reason::stale_epoch:
    // An earlier run of ours is known with a later epoch: the wall clock went back.
    if (said.seen >= membership_.self().epoch)
      membership_.renew(said.seen + 1 + random_.below(epoch_step_max));
    break;
  case bye_reason::name_conflict:
    dials_paused_until_ = now + pause_after_conflict;
    why = "the name " + membership_.self().name + " is already in use by another node";
    break;
  default:
    break;
  }
  out_.push_back(link_news{link_news_kind::refused, name, std::move(why)});
}

void node_core::on_resume(epoch_t from, const resume_frame& said, time_point now) {
  auto& stream = *streams_.find(from);
  const auto outcome = stream.on_resume(said, random_.next() | 1, now);
  if (outcome.again)
    stream.push_control(shared(*outcome.again));
  ++(outcome.send_state ? counters_.resyncs : counters_.resumes);
  channels_.on_resume(from, outcome);
  const auto* m = membership_.members().find(from);
  if (m && m->state == member_state::alive)
    channels_.interest().await_acks(from);
}

/// Whether this node opens ways for others.
bool node_core::relays() const {
  return !leaving_since_ && (membership_.self().flags & node_flag::leaving) == 0;
}

// -- membership

void node_core::perform(membership_effects effects, time_point now) {
  for (const auto& effect : effects)
    std::visit([&](const auto& each) { perform(each, now); }, effect);
}

void node_core::perform(const send_effect& effect, time_point) {
  if (auto* stream = streams_.find(effect.to))
    stream->push_control(
        shared(std::visit([](const auto& each) { return frame{each}; }, effect.content)));
}

void node_core::perform(const dial_effect& effect, time_point now) {
  if (now >= dials_paused_until_)
    out_.push_back(dial{effect.address, effect.expected});
  else if (effect.expected != 0)
    perform(membership_.on_link_refused(effect.expected, now), now);
}

void node_core::perform(const drop_link_effect& effect, time_point now) {
  links_.drop_link(effect.peer, effect.why, now);
}

void node_core::perform(const changed_effect& effect, time_point now) {
  const auto epoch = effect.peer;
  const auto* m = membership_.members().find(epoch);
  const auto* p = links_.table().find_peer(epoch);
  const std::string name = m ? m->info.name : p ? p->info.name : std::string{};
  if (effect.from != effect.to)
    out_.push_back(member_news{name, epoch, effect.from, effect.to, effect.superseded});
  switch (effect.to) {
  case member_state::alive:
    knew_peers_ = true;
    if (const auto* stream = streams_.find(epoch); stream && stream->ready())
      channels_.interest().await_acks(epoch);
    break;
  case member_state::suspect:
    ++counters_.suspicions;
    channels_.interest().ignore_acks(epoch);
    break;
  case member_state::dead:
    counters_.deaths += effect.superseded ? 0 : 1;
    links_.drop_peer(epoch, effect.superseded ? roster_cause::departed : roster_cause::died, now);
    break;
  case member_state::left:
    links_.on_left(epoch, now);
    break;
  }
  channels_.update_owners(now);
}

void node_core::perform(const health_effect& effect, time_point) {
  counters_.health = effect.score;
}

void node_core::perform(const left_effect&, time_point) {
  out_.push_back(departed{});
}

// -- what it knows

std::vector<node_core::peer_facts> node_core::peers() const {
  std::vector<peer_facts> facts;
  for (const auto& [epoch, p] : links_.table().peers()) {
    if (p.gone)
      continue;
    const auto& stream = *streams_.find(epoch);
    facts.push_back({.name = p.info.name,
                     .epoch = epoch,
                     .linked = p.link != 0,
                     .slow = stream.outgoing().slow(),
                     .queue_bytes = stream.bytes(),
                     .interest_keys = channels_.interest().keys_of(epoch),
                     .apps_differ = p.info.apps_hash != settings_.self.apps_hash,
                     .events = channels_.tally(epoch),
                     .relay = {}});
    if (const auto* link = links_.table().link_of(epoch); link && link->via != 0)
      if (const auto* via = membership_.members().find(link->via))
        facts.back().relay = via->info.name;
  }
  return facts;
}

node_stats node_core::stats() const {
  auto all = counters_;
  channels_.add_to(all);
  links_.add_to(all);
  all.queue_bytes = streams_.bytes();
  return all;
}

bool node_core::settled() const {
  return std::ranges::all_of(membership_.members().all(), [&](const auto& each) {
    const auto& [state, epoch] = std::pair{each.second.state, each.second.info.epoch};
    return state != member_state::alive
           || (links_.table().link_of(epoch) && channels_.interest().knows(epoch));
  });
}

bool node_core::isolated() const {
  return knew_peers_ && !links_.table().any_linked()
         && std::ranges::any_of(membership_.members().all(), [](const auto& each) {
              return each.second.state != member_state::left;
            });
}

}  // namespace grapevine::cluster
