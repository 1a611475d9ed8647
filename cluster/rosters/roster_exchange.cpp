#include "cluster/rosters/roster_exchange.hpp"

#include "cluster/random.hpp"

#include <algorithm>
#include <utility>

namespace grapevine::cluster {

roster_exchange::roster_exchange(frame_sink& to_peers) : to_peers_{to_peers} {}

// -- channels

roster_exchange::presence_channel* roster_exchange::find(const channel_ref& channel,
                                                         std::uint64_t key) {
  const auto found = channels_.find(key);
  if (found == channels_.end())
    return nullptr;
  const auto same = std::ranges::find(found->second, channel, &presence_channel::channel);
  return same == found->second.end() ? nullptr : &*same;
}

roster_exchange::presence_channel& roster_exchange::find_or_add(const channel_ref& channel,
                                                                std::uint64_t key) {
  if (auto* known = find(channel, key))
    return *known;
  return channels_[key].emplace_back(presence_channel{.channel = channel, .key = key});
}

roster_exchange::presence_channel* roster_exchange::find_wanted(const channel_ref& channel,
                                                                std::uint64_t key) {
  auto* known = find(channel, key);
  return known && known->wanted != 0 ? known : nullptr;
}

void roster_exchange::want(const channel_ref& channel, std::uint64_t key, std::uint64_t version) {
  auto& known = find_or_add(channel, key);
  if (known.wanted != version)
    known.roster.await(version);
  known.wanted = version;
}

void roster_exchange::forget(std::uint64_t key) {
  const auto found = channels_.find(key);
  if (found == channels_.end())
    return;
  for (auto& each : found->second) {
    each.roster.forget_others();
    each.wanted = 0;
  }
  tidy(key);
}

void roster_exchange::tidy(std::uint64_t key) {
  const auto found = channels_.find(key);
  if (found == channels_.end())
    return;
  std::erase_if(found->second, [](const presence_channel& each) {
    return each.wanted == 0 && each.roster.own_version() == 0;
  });
  if (found->second.empty())
    channels_.erase(found);
}

std::vector<roster_change> roster_exchange::others(const channel_ref& channel,
                                                   std::uint64_t key) const {
  const auto* known = const_cast<roster_exchange*>(this)->find(channel, key);
  return known ? known->roster.others() : std::vector<roster_change>{};
}

// -- the own part

void roster_exchange::join(const channel_ref& channel, std::uint64_t key,
                           const roster_element& element, const std::vector<follower>& followers) {
  auto& known = find_or_add(channel, key);
  share(known, known.roster.join(element, ++version_), followers);
}

bool roster_exchange::leave(const channel_ref& channel, std::uint64_t key,
                            const std::string& user_id, bool moving,
                            const std::vector<follower>& followers) {
  auto* known = find(channel, key);
  auto delta = known ? known->roster.leave(user_id, moving, ++version_) : std::nullopt;
  if (!delta)
    return false;
  share(*known, std::move(*delta), followers);
  tidy(key);
  return true;
}

void roster_exchange::share(const presence_channel& of, roster_delta_frame delta,
                            const std::vector<follower>& followers) {
  delta.key = of.key;
  delta.app = static_cast<std::uint16_t>(of.channel.app);
  delta.channel = of.channel.name;
  for (const auto& each : followers)
    if (delta.from == 0 && !each.acknowledged)
      send_part(each.peer, of, each.heard);
    else
      to_peers_.push(each.peer, delta);
}

void roster_exchange::send_part(epoch_t to, const presence_channel& of, std::uint64_t answers) {
  for (auto& piece : of.roster.snapshot(answers)) {
    piece.key = of.key;
    piece.app = static_cast<std::uint16_t>(of.channel.app);
    piece.channel = of.channel.name;
    to_peers_.push(to, piece);
  }
}

bool roster_exchange::send_parts(epoch_t to, std::uint64_t key, std::uint64_t answers) {
  const auto found = channels_.find(key);
  if (found == channels_.end())
    return false;
  bool any = false;
  for (const auto& each : found->second)
    if (each.roster.own_version() != 0) {
      send_part(to, each, answers);
      any = true;
    }
  return any;
}

bool roster_exchange::send_all(epoch_t to, const std::function<bool(std::uint64_t)>& wants,
                               std::uint64_t answers) {
  bool any = false;
  for (const auto& [key, channels] : channels_)
    if (wants(key))
      any |= send_parts(to, key, answers);
  to_peers_.push(to, roster_done_frame{answers});
  return any;
}

std::uint64_t roster_exchange::own_hash(const std::function<bool(std::uint64_t)>& wants) const {
  std::uint64_t hash = 0;
  for (const auto& [key, channels] : channels_)
    if (wants(key))
      for (const auto& each : channels)
        if (each.roster.own_version() != 0)
          hash ^= mix(key ^ mix(each.roster.own_version()));
  return hash;
}

// -- the parts of others

std::optional<remote_roster> roster_exchange::on_delta(epoch_t from, const channel_ref& channel,
                                                       const roster_delta_frame& delta,
                                                       std::uint64_t acked) {
  auto* known = find_wanted(channel, delta.key);
  if (!known)
    return std::nullopt;
  auto result = known->roster.on_delta(from, delta, acked);
  if (result.what == roster_part::outcome::gap && !requested_.contains(from))
    request(from);
  if (result.change.empty())
    return std::nullopt;
  return remote_roster{known->channel, std::move(result.change), roster_cause::normal, {}};
}

std::optional<remote_roster> roster_exchange::on_snapshot(epoch_t from, const channel_ref& channel,
                                                          const roster_snapshot_frame& snapshot) {
  auto* known = find_wanted(channel, snapshot.key);
  if (!known)
    return std::nullopt;
  auto result = known->roster.on_snapshot(from, snapshot);
  if (result.change.empty())
    return std::nullopt;
  return remote_roster{known->channel, std::move(result.change), roster_cause::normal, {}};
}

std::vector<remote_roster> roster_exchange::on_done(epoch_t from, const roster_done_frame& done) {
  requested_.erase(from);
  return change_all(roster_cause::normal, {},
                    [&](roster_replica& roster) { return roster.settle(from, done.answers); });
}

void roster_exchange::on_digest(epoch_t from, std::uint64_t roster_hash) {
  if (!requested_.contains(from) && roster_hash != held_hash(from))
    request(from);
}

void roster_exchange::request(epoch_t from) {
  requested_.insert(from);
  ++repairs_;
  to_peers_.push(from, roster_request_frame{});
}

std::uint64_t roster_exchange::held_hash(epoch_t of) const {
  std::uint64_t hash = 0;
  for (const auto& [key, channels] : channels_)
    for (const auto& each : channels)
      if (const auto version = each.wanted == 0 ? 0 : each.roster.version_of(of))
        hash ^= mix(key ^ mix(version));
  return hash;
}

void roster_exchange::restart_peer(epoch_t epoch) {
  requested_.erase(epoch);
  for (auto& [key, channels] : channels_)
    for (auto& each : channels)
      each.roster.restart(epoch);
}

std::vector<remote_roster> roster_exchange::drop_peer(epoch_t epoch, roster_cause cause,
                                                      duration ago) {
  requested_.erase(epoch);
  return change_all(cause, ago, [&](roster_replica& roster) { return roster.drop(epoch); });
}

template <class Change>
std::vector<remote_roster> roster_exchange::change_all(roster_cause cause, duration ago,
                                                       Change change) {
  std::vector<remote_roster> changed;
  for (auto& [key, channels] : channels_)
    for (auto& each : channels)
      if (auto found = change(each.roster); !found.empty())
        changed.push_back({each.channel, std::move(found), cause, ago});
  return changed;
}

}  // namespace grapevine::cluster
