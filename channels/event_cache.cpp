#include "protocol/channel_state.hpp"

#include <algorithm>
#include <utility>

namespace grapevine::protocol {

bool channel_state::subscribe(std::uint32_t shard) {
  if (shard >= per_shard_.size())
    per_shard_.resize(shard + 1);
  if (per_shard_[shard]++ == 0)
    shards_.push_back(shard);
  return total_++ == 0;
}

bool channel_state::unsubscribe(std::uint32_t shard) {
  if (shard >= per_shard_.size() || per_shard_[shard] == 0)
    return false;
  if (--per_shard_[shard] == 0)
    std::erase(shards_, shard);
  return --total_ == 0;
}

bool channel_state::cache(cached_event event) {
  const auto age = [](const cached_event& x) { return std::pair{x.hlc, x.publisher}; };
  if (cached_ && age(*cached_) > age(event))
    return false;
  cached_ = std::move(event);
  missing_ = false;
  return true;
}

const cached_event* channel_state::cached(time_point now) noexcept {
  if (cached_ && now >= cached_->expires_at)
    cached_.reset();
  return cached_ ? &*cached_ : nullptr;
}

bool channel_state::miss() noexcept {
  return !std::exchange(missing_, true);
}

}  // namespace grapevine::protocol
