// The part of `node_core` that tells apart what arrives on a link, and keeps the streams going.

#include "cluster/node/node_core.hpp"

#include "cluster/wire/shared_frame.hpp"

#include <algorithm>
#include <utility>

namespace grapevine::cluster {

namespace {

using namespace std::chrono_literals;

/// How far a node goes beyond an epoch that was taken: two that do so at a time differ.
constexpr std::uint64_t epoch_step_max = 1u << 20;
/// A node whose name is taken tries again after this time, not at once.
constexpr duration pause_after_conflict = 2s;

}  // namespace

// -- frames

/// False when the connection is of no more use.
bool node_core::on_frame(connection& c, const frame_view& view, const frame& content,
                         time_point now) {
  auto* p = find_peer(c.peer);
  if (!p)
    return false;
  if (sequenced(view.type) && !(p->stream.ready() && p->stream.incoming().accept(view.size()))) {
    offend(c, "frames beyond the agreed window", now);
    return false;
  }
  const bool fits = std::visit(
      [&]<class Frame>(const Frame& f) {
        if constexpr (std::is_same_v<Frame, hello_frame> || std::is_same_v<Frame, proof_frame>) {
          return false;
        } else if constexpr (std::is_same_v<Frame, resume_frame>) {
          on_resume(*p, f, now);
          return true;
        } else if constexpr (std::is_same_v<Frame, bye_frame>) {
          on_bye(*p, f, now);
          return true;
        } else if constexpr (std::is_same_v<Frame, ack_frame>) {
          return p->stream.on_ack(f, now);
        } else if constexpr (std::is_same_v<Frame, relay_frame>) {
          return on_relay(c, f, now);
        } else if constexpr (std::is_same_v<Frame, relay_end_frame>) {
          return on_relay_end(c, f, now);
        } else if constexpr (std::is_constructible_v<swim_frame, Frame>) {
          if (c.tunnel)
            return true;  // membership has nothing to say to whom it has no link
          perform(membership_.on_frame(c.peer, f, now), now);
          return true;
        } else {
          if (!p->gone)
            channels_.on_frame(c.peer, f, now);
          return true;
        }
      },
      content);
  if (!fits)
    offend(c, "a frame that has no place here", now);
  return c.peer != 0 && !c.closing;
}

void node_core::on_bye(peer& p, const bye_frame& said, time_point now) {
  const auto name = p.info.name;
  lose_link(p, true, now);
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
    break;
  default:
    break;
  }
  auto why = std::string{explain(said.reason)};
  if (said.reason == bye_reason::name_conflict)
    why = "the name " + membership_.self().name + " is already in use by another node";
  out_.push_back(link_news{link_news_kind::refused, name, std::move(why)});
}

void node_core::on_resume(peer& p, const resume_frame& said, time_point now) {
  const auto outcome = p.stream.on_resume(said, random_.next() | 1, now);
  if (outcome.again)
    p.stream.push_control(shared(*outcome.again));
  ++(outcome.send_state ? stats_.resyncs : stats_.resumes);
  if (p.gone)
    return;
  channels_.on_resume(p.info.epoch, outcome);
  const auto* m = membership_.members().find(p.info.epoch);
  if (m && m->state == member_state::alive)
    channels_.interest().await_acks(p.info.epoch);
}

link_turn node_core::end_turn(link_id id, unsigned parts) {
  const auto found = connections_.find(id);
  auto* p = found == connections_.end() ? nullptr : find_peer(found->second.peer);
  // Nobody reports for a link that is gone.
  const auto tunnelled = end_tunnelled_turn(p ? parts : 0);
  if (!p)
    return {};
  return {p->info.epoch, p->stream.incoming().end_turn(parts), tunnelled};
}

void node_core::part_done(const link_turn& done) {
  if (auto* p = find_peer(done.peer))
    p->stream.incoming().part_done(done.number);
  const auto found = tunnelled_turns_.find(done.tunnelled);
  if (found == tunnelled_turns_.end())
    return;
  for (const auto& each : found->second.turns)
    if (auto* p = find_peer(each.peer))
      p->stream.incoming().part_done(each.number);
  if (--found->second.parts_left == 0)
    tunnelled_turns_.erase(found);
}

}  // namespace grapevine::cluster
