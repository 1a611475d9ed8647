// The part of `node_core` that serves this node's channels: new subscriptions that wait for the
// cluster, and events both ways.

#include "cluster/node/node_core.hpp"

#include "cluster/wire/frame_codec.hpp"

#include <algorithm>
#include <utility>

namespace grapevine::cluster {

// -- subscriptions

void node_core::on(const calls::want& wanted, time_point now) {
  const auto version = log_.want(wanted.key);
  if (wanted.presence) {
    auto& known = presence(wanted.channel, wanted.key);
    if (known.awaited != version)
      known.roster.await(version);
    known.awaited = version;
  }
  auto& waiting = pending_[wanted.ticket];
  waiting = {.channel = wanted.channel,
             .key = wanted.key,
             .presence = wanted.presence,
             .cache = wanted.cache};
  if (wanted.cache) {
    waiting.owners_asked = ask_owners(wanted.channel, wanted.key);
    waiting.patience = now + settings_.owner_patience;
    if (!waiting.owners_asked.empty())
      cache_waiters_[wanted.key].push_back(wanted.ticket);
  }
  const bool waits = settings_.ack_subscribes || wanted.presence;
  barrier_.wait(wanted.ticket, waits ? version : 0, now);
}

void node_core::on(const calls::unwant& unwanted, time_point now) {
  if (pending_.erase(unwanted.ticket) > 0)
    barrier_.cancel(unwanted.ticket);
  log_.unwant(unwanted.key, now);
}

void node_core::release_ready(time_point now) {
  for (const auto ticket : barrier_.release(now))
    if (const auto found = pending_.find(ticket); found != pending_.end()) {
      found->second.acknowledged = true;
      make_ready(ticket, now);
    }
}

/// If nothing is waited for any more.
void node_core::make_ready(std::uint64_t ticket, time_point now) {
  const auto found = pending_.find(ticket);
  if (found == pending_.end() || !found->second.acknowledged || !found->second.owners_asked.empty())
    return;
  const auto& waiting = found->second;
  channel_ready ready{ticket, waiting.channel, {}, std::nullopt};
  if (const auto* known = find_presence(waiting.channel, waiting.key); known && waiting.presence)
    ready.roster = known->roster.others();
  if (waiting.cache)
    if (const auto* item = cache_.find(waiting.key, waiting.channel.app, waiting.channel.name, now))
      ready.cached = *item;
  out_.push_back(std::move(ready));
  pending_.erase(found);
}

bool node_core::wanted_elsewhere(std::uint64_t key) const {
  return view_.interested(key).any();
}

bool node_core::wanted_by(epoch_t peer, std::uint64_t key) const {
  const auto p = peers_.find(peer);
  return p != peers_.end() && !p->second.gone && view_.interested(key)[p->second.slot];
}

bool node_core::sends_to(epoch_t peer, std::uint64_t key) const {
  const auto p = peers_.find(peer);
  return p != peers_.end() && !p->second.gone && view_.targets(key)[p->second.slot];
}

// -- events

void node_core::publish(std::uint64_t key, bool cache, std::string_view bytes, time_point now) {
  const auto targets = view_.targets(key);
  if (targets.any())
    for (auto& [epoch, p] : peers_) {
      if (p.gone || !targets[p.slot])
        continue;
      push_bytes(p, segment_kind::events, bytes);
      ++stats_.events_forwarded;
    }
  if (cache)
    keep_own(key, targets, bytes, now);
}

void node_core::receive(peer& p, const app_def_frame& definition, time_point) {
  const auto known = std::ranges::find(settings_.apps, definition.id);
  if (known == settings_.apps.end())
    p.apps.erase(definition.app);
  else
    p.apps[definition.app] = static_cast<std::uint32_t>(known - settings_.apps.begin());
}

std::optional<channel_ref> node_core::local_channel(const peer& p, std::uint16_t app,
                                                    std::string_view channel) const {
  const auto known = p.apps.find(app);
  if (known == p.apps.end())
    return std::nullopt;
  return channel_ref{known->second, std::string{channel}};
}

void node_core::receive(peer& p, const event_frame& event, time_point now) {
  ++stats_.events_received;
  ++p.events.received;
  auto channel = local_channel(p, event.app, event.channel);
  if (!channel) {
    ++stats_.unknown_app;
    ++p.events.unknown_app;
    return;
  }
  if (event.flags & event_flag::cache)
    keep(*channel, event.key, event, p.info.epoch, now);
  if ((event.flags & event_flag::store_only) != 0 || !log_.contains(event.key))
    return;
  out_.push_back(remote_event{std::move(*channel), event.flags, std::string{event.event},
                              std::string{event.data}, std::string{event.except},
                              std::string{event.user_id}, event.hlc, p.info.epoch});
}

void node_core::receive(peer& p, const gap_frame& gap, time_point) {
  stats_.gaps += gap.events;
  p.events.left_out += gap.events;
  if (gap.events > 0)
    out_.push_back(link_news{link_news_kind::gap, p.info.name,
                             std::to_string(gap.events) + " events were left out"});
  if (gap.state)
    forget_state_of(p);
}

}  // namespace grapevine::cluster
