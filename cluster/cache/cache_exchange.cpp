#include "cluster/cache/cache_exchange.hpp"

#include "cluster/wire/frame_codec.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace grapevine::cluster {

namespace {

constexpr unsigned owner_ranks = 2;
/// Cached events handed to others in one tick of 20 ms: a thousand per second, so that a change of
/// members in a cluster with many cache channels does not hold up live events.
constexpr std::size_t hand_over_per_tick = 20;

}  // namespace

cache_exchange::cache_exchange(const cache_settings& settings, frame_sink& to_peers)
    : settings_{settings}, to_peers_{to_peers}, store_{settings.bytes_max} {}

// -- peers

void cache_exchange::set_candidates(std::vector<cache_placement::candidate> given, time_point now) {
  if (!placement_.set_candidates(std::move(given), now))
    return;
  for (const auto key : store_.keys(now))
    if (placement_.moved(key))
      for (unsigned rank = 0; rank < owner_ranks; ++rank)
        hand_over_.emplace(key, placement_.at(key, rank));
}

void cache_exchange::offer(epoch_t to, const wants_key& wants, time_point now) {
  for (const auto key : store_.keys(now))
    if (wants(key) || placement_.at(key, 0) == to || placement_.at(key, 1) == to)
      hand_over_.emplace(key, to);
}

void cache_exchange::send(epoch_t to, std::uint64_t key, time_point now) {
  if (const auto* item = store_.find(key, now))
    to_peers_.push(to, describe(*item, now));
}

void cache_exchange::drop_peer(epoch_t epoch) {
  for (auto& [key, all] : waiting_)
    for (auto& each : all)
      each.owners.erase(epoch);
  for (auto& [id, look_up] : look_ups_)
    look_up.owners.erase(epoch);
}

void cache_exchange::hand_over(time_point now) {
  for (std::size_t n = 0; n < hand_over_per_tick && !hand_over_.empty(); ++n) {
    const auto [key, to] = *hand_over_.begin();
    hand_over_.erase(hand_over_.begin());
    send(to, key, now);
  }
}

// -- events

void cache_exchange::keep(const channel_ref& channel, std::uint64_t key, const event_frame& event,
                          epoch_t publisher, time_point now) {
  store_.put({key, channel.app, channel.name, std::string{event.event}, std::string{event.data},
              event.hlc, publisher, now + settings_.ttl},
             now);
}

void cache_exchange::on_published(std::uint64_t key, std::string_view bytes, epoch_t self,
                                  const std::function<bool(epoch_t)>& sent_to, time_point now) {
  const auto split = split_frame(bytes);
  auto content = split.status == split_status::complete ? decode_frame(split.frame) : std::nullopt;
  auto* event = content ? std::get_if<event_frame>(&*content) : nullptr;
  if (!event)
    return;
  keep({event->app, std::string{event->channel}}, key, *event, self, now);
  event->flags |= event_flag::store_only;
  for (unsigned rank = 0; rank < owner_ranks; ++rank) {
    const auto owner = placement_.at(key, rank);
    if (owner != 0 && owner != self && !sent_to(owner))
      to_peers_.push_event(owner, encoded(*event));
  }
}

cache_item_frame cache_exchange::describe(const cached_item& item, time_point now) const {
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

// -- asking owners

/// Returns those that will answer.
std::set<epoch_t> cache_exchange::ask_owners(const channel_ref& channel, std::uint64_t key) {
  std::set<epoch_t> asked;
  for (unsigned rank = 0; rank < owner_ranks; ++rank) {
    const auto owner = placement_.at(key, rank);
    if (owner == 0 || !to_peers_.linked(owner))
      continue;
    to_peers_.push(owner,
                   cache_get_frame{key, static_cast<std::uint16_t>(channel.app), channel.name});
    asked.insert(owner);
  }
  return asked;
}

bool cache_exchange::wait(std::uint64_t ticket, const channel_ref& channel, std::uint64_t key,
                          time_point now) {
  auto owners = ask_owners(channel, key);
  if (owners.empty())
    return false;
  waiting_[key].push_back({ticket, std::move(owners), now + settings_.owner_deadline});
  return true;
}

void cache_exchange::cancel(std::uint64_t ticket, std::uint64_t key) {
  const auto found = waiting_.find(key);
  if (found == waiting_.end())
    return;
  std::erase_if(found->second, [&](const waiting& each) { return each.ticket == ticket; });
  if (found->second.empty())
    waiting_.erase(found);
}

void cache_exchange::look_up(std::uint64_t id, const channel_ref& channel, std::uint64_t key,
                             bool asks_owners, time_point now) {
  auto owners = asks_owners ? ask_owners(channel, key) : std::set<epoch_t>{};
  look_ups_[id] = {channel, key, std::move(owners), now + settings_.owner_deadline};
}

std::vector<cache_found> cache_exchange::take_found(time_point now) {
  std::vector<cache_found> all;
  for (auto at = look_ups_.begin(); at != look_ups_.end();) {
    const auto& [id, look_up] = *at;
    if (!look_up.owners.empty() && now < look_up.deadline) {
      ++at;
      continue;
    }
    const auto* item = find(look_up.channel, look_up.key, now);
    all.push_back({id, item ? std::optional{*item} : std::nullopt});
    at = look_ups_.erase(at);
  }
  return all;
}

void cache_exchange::on_get(epoch_t from, const cache_get_frame& asked,
                            const std::optional<channel_ref>& channel, time_point now) {
  cache_item_frame reply{asked.key, asked.app, asked.channel, false, {}, {}, 0, 0, 0};
  if (channel) {
    if (const auto* item = find(*channel, asked.key, now))
      reply = describe(*item, now);
    // The number of an app is its sender's own.
    reply.app = static_cast<std::uint16_t>(channel->app);
  }
  to_peers_.push(from, reply);
}

cache_exchange::item_outcome cache_exchange::on_item(epoch_t from, const cache_item_frame& item,
                                                     const std::optional<channel_ref>& channel,
                                                     time_point now) {
  item_outcome outcome;
  if (channel && item.found) {
    const auto ttl = std::min<duration>(std::chrono::milliseconds{item.ttl_ms}, settings_.ttl);
    outcome.news = store_.put({item.key, channel->app, channel->name, item.event, item.data,
                               item.hlc, item.publisher, now + ttl},
                              now);
  }
  outcome.tickets = on_owner_answered(item.key, from);
  return outcome;
}

std::vector<std::uint64_t> cache_exchange::on_owner_answered(std::uint64_t key, epoch_t owner) {
  for (auto& [id, look_up] : look_ups_)
    if (look_up.key == key)
      look_up.owners.erase(owner);
  std::vector<std::uint64_t> tickets;
  const auto found = waiting_.find(key);
  if (found == waiting_.end())
    return tickets;
  std::erase_if(found->second, [&](waiting& each) {
    each.owners.erase(owner);
    if (each.owners.empty())
      tickets.push_back(each.ticket);
    return each.owners.empty();
  });
  if (found->second.empty())
    waiting_.erase(found);
  return tickets;
}

std::vector<std::uint64_t> cache_exchange::tick(time_point now) {
  store_.expire(now);
  hand_over(now);
  std::vector<std::uint64_t> tickets;
  for (auto at = waiting_.begin(); at != waiting_.end();) {
    std::erase_if(at->second, [&](const waiting& each) {
      if (!each.owners.empty() && now < each.deadline)
        return false;
      tickets.push_back(each.ticket);
      return true;
    });
    at = at->second.empty() ? waiting_.erase(at) : std::next(at);
  }
  return tickets;
}

}  // namespace grapevine::cluster
