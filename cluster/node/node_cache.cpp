// The part of `node_core` that keeps the last events of cache channels: those this node published
// or received, and for the channels it owns those of others (cluster.md section 8).

#include "cluster/node/node_core.hpp"

#include "cluster/wire/frame_codec.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace grapevine::cluster {

namespace {

constexpr unsigned owner_ranks = 2;
/// Cached events handed to new owners in one tick of 20 ms: a thousand per second.
constexpr std::size_t hand_over_per_tick = 20;

}  // namespace

// -- keeping

/// The last event of a cache channel also goes to its owners, who answer for it when nobody else
/// can.
void node_core::keep_own(std::uint64_t key, const interest_view::mask& sent_to,
                         std::string_view bytes, time_point now) {
  const auto split = split_frame(bytes);
  auto content = split.status == split_status::complete ? decode_frame(split.frame) : std::nullopt;
  auto* event = content ? std::get_if<event_frame>(&*content) : nullptr;
  if (!event)
    return;
  keep({event->app, std::string{event->channel}}, key, *event, membership_.self().epoch, now);
  event->flags |= event_flag::store_only;
  for (unsigned rank = 0; rank < owner_ranks; ++rank) {
    auto* p = find_peer(owner_.at(key, rank));
    if (p && !p->gone && !sent_to[p->slot])
      push_bytes(*p, segment_kind::events, encoded(*event));
  }
}

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

/// What this node published a moment ago may not have reached the channel's owners yet.
void node_core::send_cached(peer& p, std::uint64_t key, time_point now) {
  if (const auto* item = cache_.find(key, now))
    push(p, describe(*item, now));
}

/// A peer that has been away, or had to do without some events, may have missed the last one of a
/// channel that it wants or owns.
void node_core::offer_cache(const peer& p, time_point now) {
  const auto epoch = p.info.epoch;
  for (const auto key : cache_.keys(now))
    if (view_.interested(key)[p.slot] || owner_.at(key, 0) == epoch || owner_.at(key, 1) == epoch)
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

void node_core::on(const calls::look_up_cache& asked, time_point now) {
  auto& look_up = look_ups_[asked.id];
  look_up = {.channel = asked.channel,
             .key = asked.key,
             .owners_asked = {},
             .patience = now + settings_.owner_patience};
  // Who wants the channel gets its events anyway.
  if (!log_.contains(asked.key))
    look_up.owners_asked = ask_owners(asked.channel, asked.key);
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

// -- waiting for owners

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

}  // namespace grapevine::cluster
