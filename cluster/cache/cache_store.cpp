#include "cluster/cache/cache_store.hpp"

#include <tuple>
#include <utility>

namespace grapevine::cluster {

cache_store::cache_store(std::size_t bytes_max) noexcept : bytes_max_{bytes_max} {}

bool cache_store::put(cached_item item, time_point now) {
  if (item.expires_at <= now)
    return false;
  const auto held = by_key_.find(item.key);
  if (held != by_key_.end()) {
    const auto& old = *held->second;
    if (old.expires_at > now
        && std::tie(item.hlc, item.publisher) <= std::tie(old.hlc, old.publisher))
      return false;
    erase(held);
  }
  const auto added = cost(item);
  if (added > bytes_max_)
    return false;
  while (bytes_ + added > bytes_max_)
    erase(by_key_.find(by_write_.back().key));
  by_write_.push_front(std::move(item));
  by_key_.emplace(by_write_.front().key, by_write_.begin());
  bytes_ += added;
  return true;
}

const cached_item* cache_store::find(std::uint64_t key, std::uint32_t app, std::string_view channel,
                                     time_point now) const {
  const auto* item = find(key, now);
  return item && item->app == app && item->channel == channel ? item : nullptr;
}

const cached_item* cache_store::find(std::uint64_t key, time_point now) const {
  const auto held = by_key_.find(key);
  return held != by_key_.end() && held->second->expires_at > now ? &*held->second : nullptr;
}

std::vector<std::uint64_t> cache_store::keys(time_point now) const {
  std::vector<std::uint64_t> result;
  for (const auto& [key, item] : by_key_)
    if (item->expires_at > now)
      result.push_back(key);
  return result;
}

void cache_store::expire(time_point now) {
  for (auto it = by_key_.begin(); it != by_key_.end();) {
    const auto here = it++;
    if (here->second->expires_at <= now)
      erase(here);
  }
}

std::size_t cache_store::bytes() const noexcept {
  return bytes_;
}

std::size_t cache_store::size() const noexcept {
  return by_key_.size();
}

std::size_t cache_store::cost(const cached_item& item) noexcept {
  return item_overhead + item.channel.size() + item.event.size() + item.data.size();
}

void cache_store::erase(std::map<std::uint64_t, items::iterator>::iterator held) {
  bytes_ -= cost(*held->second);
  by_write_.erase(held->second);
  by_key_.erase(held);
}

}  // namespace grapevine::cluster
