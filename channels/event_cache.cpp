#include "channels/event_cache.hpp"

#include <utility>

namespace grapevine::channels {

bool event_cache::store(cached_event event) {
  const auto age = [](const cached_event& x) { return std::pair{x.hlc, x.publisher}; };
  if (cached_ && age(*cached_) > age(event))
    return false;
  cached_ = std::move(event);
  missing_ = false;
  return true;
}

const cached_event* event_cache::find(cluster::time_point now) const noexcept {
  return cached_ && now < cached_->expires_at ? &*cached_ : nullptr;
}

void event_cache::expire(cluster::time_point now) noexcept {
  if (!find(now))
    cached_.reset();
}

bool event_cache::miss() noexcept {
  return !std::exchange(missing_, true);
}

}  // namespace grapevine::channels
