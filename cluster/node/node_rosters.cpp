// The part of `node_core` that replicates who is in presence channels (cluster.md section 5).

#include "cluster/node/node_core.hpp"

#include <algorithm>
#include <utility>

namespace grapevine::cluster {

// -- the channels

presence_channel* node_core::find_presence(const channel_ref& channel, std::uint64_t key) {
  const auto found = presence_.find(key);
  if (found == presence_.end())
    return nullptr;
  const auto same = std::ranges::find(found->second, channel, &presence_channel::channel);
  return same == found->second.end() ? nullptr : &*same;
}

presence_channel& node_core::presence(const channel_ref& channel, std::uint64_t key) {
  if (auto* known = find_presence(channel, key))
    return *known;
  return presence_[key].emplace_back(presence_channel{.channel = channel, .key = key});
}

/// The key is not wanted any more: what others said about it is out of date from here on.
void node_core::forget_roster(std::uint64_t key) {
  const auto found = presence_.find(key);
  if (found == presence_.end())
    return;
  for (auto& each : found->second) {
    each.roster.forget_others();
    each.awaited = 0;
  }
  tidy(key);
}

void node_core::tidy(std::uint64_t key) {
  const auto found = presence_.find(key);
  if (found == presence_.end())
    return;
  std::erase_if(found->second, [](const presence_channel& each) {
    return each.awaited == 0 && each.roster.own_version() == 0;
  });
  if (found->second.empty())
    presence_.erase(found);
}

// -- the own part

void node_core::on(const calls::roster_join& joined, time_point) {
  auto& known = presence(joined.channel, joined.key);
  share(known, known.roster.join(joined.who, ++roster_version_));
}

void node_core::on(const calls::roster_leave& left, time_point) {
  if (auto* known = find_presence(left.channel, left.key))
    if (auto delta = known->roster.leave(left.user_id, left.moving, ++roster_version_)) {
      share(*known, std::move(*delta));
      tidy(left.key);
    }
}

/// Only those who want the channel hear of its members. While a peer's wish is heard but not
/// acknowledged it takes no delta that starts a part: it would ignore that one, and take the
/// acknowledgement for "there is no part".
void node_core::share(const presence_channel& of, roster_delta_frame delta) {
  delta.key = of.key;
  delta.app = static_cast<std::uint16_t>(of.channel.app);
  delta.channel = of.channel.name;
  const auto interested = view_.interested(of.key);
  for (auto& [epoch, p] : peers_) {
    if (p.gone || !p.begun || !interested[p.slot])
      continue;
    const bool unacknowledged = view_.unknown(p.slot) || p.applied != p.ack_sent;
    if (delta.from == 0 && unacknowledged)
      send_part(p, of, p.heard);
    else
      push(p, delta);
    p.changed = true;
  }
}

void node_core::send_part(peer& p, const presence_channel& of, std::uint64_t answers) {
  for (auto& piece : of.roster.snapshot(answers)) {
    piece.key = of.key;
    piece.app = static_cast<std::uint16_t>(of.channel.app);
    piece.channel = of.channel.name;
    push(p, piece);
  }
  p.changed = true;
}

void node_core::send_parts_of(peer& p, std::uint64_t key, std::uint64_t answers) {
  const auto found = presence_.find(key);
  if (found == presence_.end())
    return;
  for (const auto& each : found->second)
    if (each.roster.own_version() != 0)
      send_part(p, each, answers);
}

void node_core::send_all_parts(peer& p) {
  for (const auto& [key, channels] : presence_)
    if (view_.interested(key)[p.slot])
      send_parts_of(p, key, p.applied);
  push(p, roster_done_frame{p.applied});
}

// -- the parts of others

void node_core::receive(peer& p, const roster_delta_frame& delta, time_point) {
  if (p.forgotten)
    return;  // what is left over from before it was taken for dead
  const auto channel = local_channel(p, delta.app, delta.channel);
  auto* known = channel ? find_presence(*channel, delta.key) : nullptr;
  if (!known || known->awaited == 0)
    return;
  auto result = known->roster.on_delta(p.info.epoch, delta, p.acked);
  if (result.what == roster_part::outcome::gap && !std::exchange(p.roster_requested, true)) {
    ++stats_.roster_repairs;
    push(p, roster_request_frame{});
  }
  if (!result.change.empty())
    out_.push_back(
        remote_roster{known->channel, std::move(result.change), roster_cause::normal, {}});
}

void node_core::receive(peer& p, const roster_snapshot_frame& snapshot, time_point) {
  if (p.forgotten)
    return;
  const auto channel = local_channel(p, snapshot.app, snapshot.channel);
  auto* known = channel ? find_presence(*channel, snapshot.key) : nullptr;
  if (!known || known->awaited == 0)
    return;
  auto result = known->roster.on_snapshot(p.info.epoch, snapshot);
  if (!result.change.empty())
    out_.push_back(
        remote_roster{known->channel, std::move(result.change), roster_cause::normal, {}});
}

void node_core::receive(peer& p, const roster_done_frame& done, time_point) {
  p.roster_requested = false;
  for (auto& [key, channels] : presence_)
    for (auto& each : channels)
      if (auto change = each.roster.settle(p.info.epoch, done.answers); !change.empty())
        out_.push_back(remote_roster{each.channel, std::move(change), roster_cause::normal, {}});
}

void node_core::receive(peer& p, const roster_request_frame&, time_point) {
  if (!view_.unknown(p.slot))
    send_all_parts(p);
}

void node_core::drop_parts(epoch_t epoch, roster_cause cause, duration ago) {
  for (auto& [key, channels] : presence_)
    for (auto& each : channels)
      if (auto change = each.roster.drop(epoch); !change.empty())
        out_.push_back(remote_roster{each.channel, std::move(change), cause, ago});
}

// -- comparing

std::uint64_t node_core::own_roster_hash(const peer& p) const {
  std::uint64_t hash = 0;
  for (const auto& [key, channels] : presence_)
    if (view_.interested(key)[p.slot])
      for (const auto& each : channels)
        if (each.roster.own_version() != 0)
          hash ^= mix(key ^ mix(each.roster.own_version()));
  return hash;
}

std::uint64_t node_core::held_roster_hash(const peer& p) const {
  std::uint64_t hash = 0;
  for (const auto& [key, channels] : presence_)
    for (const auto& each : channels)
      if (const auto version = each.awaited == 0 ? 0 : each.roster.version_of(p.info.epoch))
        hash ^= mix(key ^ mix(version));
  return hash;
}

}  // namespace grapevine::cluster
