// The part of `node_core` that serves this node's channels: new subscriptions that wait for the
// cluster, events both ways, and the cached events of cache channels.

#include "cluster/node_core.hpp"

#include "cluster/frame_codec.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace grapevine::cluster {

namespace {

using namespace std::chrono_literals;

/// How long owners may take to say what a cache channel holds.
constexpr duration owner_patience = 100ms;
constexpr unsigned owner_ranks = 2;
/// Cached events handed to new owners in one tick of 20 ms: a thousand per second.
constexpr std::size_t hand_over_per_tick = 20;

}  // namespace

// -- subscriptions
// ---------------------------------------------------------------------------------------------------

node_effects node_core::want(std::uint64_t ticket, const channel_ref& channel, std::uint64_t key,
                             bool is_presence, bool cache, time_point now) {
  const auto version = log_.want(key);
  if (is_presence) {
    auto& known = presence(channel, key);
    if (known.awaited != version)
      known.roster.await(version);
    known.awaited = version;
  }
  auto& waiting = pending_[ticket];
  waiting = {.channel = channel, .key = key, .presence = is_presence, .cache = cache};
  if (cache) {
    waiting.owners_asked = ask_owners(channel, key);
    waiting.patience = now + owner_patience;
    if (!waiting.owners_asked.empty())
      cache_waiters_[key].push_back(ticket);
  }
  const bool waits = settings_.ack_subscribes || is_presence;
  barrier_.wait(ticket, waits ? version : 0, now);
  return done(now);
}

node_effects node_core::unwant(std::uint64_t ticket, const channel_ref&, std::uint64_t key,
                               time_point now) {
  if (pending_.erase(ticket) > 0)
    barrier_.cancel(ticket);
  log_.unwant(key, now);
  return done(now);
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

void node_core::owner_answered(std::uint64_t key, epoch_t owner, time_point now) {
  for (auto& [id, waiting] : look_ups_)
    if (waiting.key == key)
      waiting.owners_asked.erase(owner);
  const auto waiters = cache_waiters_.find(key);
  if (waiters == cache_waiters_.end())
    return;
  std::erase_if(waiters->second, [&](std::uint64_t ticket) {
    const auto found = pending_.find(ticket);
    if (found == pending_.end())
      return true;
    found->second.owners_asked.erase(owner);
    const bool done = found->second.owners_asked.empty();
    make_ready(ticket, now);
    return done;
  });
  if (waiters->second.empty())
    cache_waiters_.erase(waiters);
}

/// Owners that do not answer are not waited for.
void node_core::end_patience(time_point now) {
  for (auto at = cache_waiters_.begin(); at != cache_waiters_.end();) {
    std::erase_if(at->second, [&](std::uint64_t ticket) {
      const auto found = pending_.find(ticket);
      if (found == pending_.end())
        return true;
      auto& waiting = found->second;
      if (!waiting.owners_asked.empty() && now < waiting.patience)
        return false;
      waiting.owners_asked.clear();
      make_ready(ticket, now);
      return true;
    });
    at = at->second.empty() ? cache_waiters_.erase(at) : std::next(at);
  }
}

bool node_core::wanted_elsewhere(std::uint64_t key) const {
  return view_.interested(key) != 0;
}

bool node_core::wanted_by(epoch_t peer, std::uint64_t key) const {
  const auto p = peers_.find(peer);
  return p != peers_.end() && !p->second.gone && (view_.interested(key) >> p->second.slot & 1) != 0;
}

bool node_core::sends_to(epoch_t peer, std::uint64_t key) const {
  const auto p = peers_.find(peer);
  return p != peers_.end() && !p->second.gone && (view_.targets(key) >> p->second.slot & 1) != 0;
}

// -- events
// ----------------------------------------------------------------------------------------------------------

void node_core::publish(std::uint64_t key, bool cache, std::string_view bytes, time_point now) {
  const auto targets = view_.targets(key);
  if (targets != 0)
    for (auto& [epoch, p] : peers_) {
      if (p.gone || (targets >> p.slot & 1) == 0)
        continue;
      push_bytes(p, segment_kind::events, bytes);
      ++stats_.events_forwarded;
    }
  if (cache)
    keep_own(key, targets, bytes, now);
}

/// The last event of a cache channel also goes to its owners, who answer for it when nobody else
/// can.
void node_core::keep_own(std::uint64_t key, interest_view::mask sent_to, std::string_view bytes,
                         time_point now) {
  const auto split = split_frame(bytes);
  auto content = split.status == split_status::complete ? decode_frame(split.frame) : std::nullopt;
  auto* event = content ? std::get_if<event_frame>(&*content) : nullptr;
  if (!event)
    return;
  keep({event->app, std::string{event->channel}}, key, *event, membership_.self().epoch, now);
  event->flags |= event_flag::store_only;
  for (unsigned rank = 0; rank < owner_ranks; ++rank) {
    auto* p = find_peer(owner_.at(key, rank));
    if (p && !p->gone && (sent_to >> p->slot & 1) == 0)
      push_bytes(*p, segment_kind::events, encoded(*event));
  }
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
  auto channel = local_channel(p, event.app, event.channel);
  if (!channel) {
    ++stats_.unknown_app;
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
  if (gap.events > 0)
    out_.push_back(link_news{link_news_kind::gap, p.info.name,
                             std::to_string(gap.events) + " events were left out"});
  if (gap.state)
    forget_state_of(p);
}

// -- cached events
// ---------------------------------------------------------------------------------------------------

void node_core::keep(const channel_ref& channel, std::uint64_t key, const event_frame& event,
                     epoch_t publisher, time_point now) {
  cache_.put({key, channel.app, channel.name, std::string{event.event}, std::string{event.data},
              event.hlc, publisher, now + settings_.cache_ttl},
             now);
}

cache_item_frame node_core::describe(const cached_item& item, time_point now) const {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(item.expires_at - now);
  return {item.key,
          static_cast<std::uint16_t>(item.app),
          item.channel,
          true,
          item.event,
          item.data,
          item.hlc,
          item.publisher,
          static_cast<std::uint64_t>(std::max<std::int64_t>(0, left.count()))};
}

/// Asks the owners of a cache channel; those that will answer are returned.
std::set<epoch_t> node_core::ask_owners(const channel_ref& channel, std::uint64_t key) {
  std::set<epoch_t> asked;
  for (unsigned rank = 0; rank < owner_ranks; ++rank) {
    auto* p = find_peer(owner_.at(key, rank));
    if (!p || p->gone || p->link == 0)
      continue;
    push(*p, cache_get_frame{key, static_cast<std::uint16_t>(channel.app), channel.name});
    asked.insert(p->info.epoch);
  }
  return asked;
}

void node_core::receive(peer& p, const cache_get_frame& wish, time_point now) {
  cache_item_frame reply{wish.key, wish.app, wish.channel, false, {}, {}, 0, 0, 0};
  if (const auto channel = local_channel(p, wish.app, wish.channel))
    if (const auto* item = cache_.find(wish.key, channel->app, channel->name, now))
      reply = describe(*item, now);
  // An app's number is the sender's own.
  if (const auto channel = local_channel(p, wish.app, wish.channel))
    reply.app = static_cast<std::uint16_t>(channel->app);
  push(p, reply);
}

void node_core::receive(peer& p, const cache_item_frame& item, time_point now) {
  const auto channel = local_channel(p, item.app, item.channel);
  if (channel && item.found) {
    const auto ttl =
        std::min<duration>(std::chrono::milliseconds{item.ttl_ms}, settings_.cache_ttl);
    const bool is_news = cache_.put({item.key, channel->app, channel->name, item.event, item.data,
                                     item.hlc, item.publisher, now + ttl},
                                    now);
    if (is_news && log_.contains(item.key))
      out_.push_back(remote_event{*channel,
                                  event_flag::cache | event_flag::store_only,
                                  item.event,
                                  item.data,
                                  {},
                                  {},
                                  item.hlc,
                                  item.publisher});
  }
  owner_answered(item.key, p.info.epoch, now);
}

/// After a change of members those that own a channel now get what this node holds of it.
void node_core::offer_to_new_owners(time_point now) {
  for (const auto key : cache_.keys(now))
    if (owner_.moved(key))
      for (unsigned rank = 0; rank < owner_ranks; ++rank)
        hand_over_.emplace(key, owner_.at(key, rank));
}

/// A peer that has been away, or had to do without some events, may have missed the last one of a
/// channel that it wants or owns.
void node_core::offer_cache(const peer& p, time_point now) {
  const auto epoch = p.info.epoch;
  for (const auto key : cache_.keys(now))
    if ((view_.interested(key) >> p.slot & 1) != 0 || owner_.at(key, 0) == epoch
        || owner_.at(key, 1) == epoch)
      hand_over_.emplace(key, epoch);
}

/// Who has no link yet is offered everything when its interest is known.
void node_core::hand_over_cache(time_point now) {
  for (auto& [epoch, p] : peers_)
    if (p.cache_due && !p.gone && !p.stream.outgoing().slow()) {
      p.cache_due = false;
      offer_cache(p, now);
    }
  for (std::size_t n = 0; n < hand_over_per_tick && !hand_over_.empty(); ++n) {
    const auto [key, to] = *hand_over_.begin();
    hand_over_.erase(hand_over_.begin());
    const auto* item = cache_.find(key, now);
    if (auto* p = find_peer(to); item && p && !p->gone)
      push(*p, describe(*item, now));
  }
}

node_effects node_core::look_up_cache(std::uint64_t id, const channel_ref& channel,
                                      std::uint64_t key, time_point now) {
  auto& look_up = look_ups_[id];
  look_up = {.channel = channel, .key = key, .patience = now + owner_patience};
  // Who wants the channel gets its events anyway.
  if (!log_.contains(key))
    look_up.owners_asked = ask_owners(channel, key);
  return done(now);
}

void node_core::finish_cache_look_ups(time_point now) {
  for (auto at = look_ups_.begin(); at != look_ups_.end();) {
    const auto& [id, look_up] = *at;
    if (!look_up.owners_asked.empty() && now < look_up.patience) {
      ++at;
      continue;
    }
    const auto* item = cache_.find(look_up.key, look_up.channel.app, look_up.channel.name, now);
    out_.push_back(cache_found{id, item ? std::optional{*item} : std::nullopt});
    at = look_ups_.erase(at);
  }
}

}  // namespace grapevine::cluster
