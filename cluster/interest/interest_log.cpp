#include "cluster/interest/interest_log.hpp"

#include <algorithm>

namespace grapevine::cluster {

interest_log::interest_log(duration linger, std::uint64_t seed) : linger_{linger}, random_{seed} {}

std::uint64_t interest_log::want(std::uint64_t key) {
  const auto [found, is_new] = entries_.try_emplace(key);
  auto& one = found->second;
  if (is_new) {
    one.version = ++made_;
    added_.push_back({key, one.version});
  }
  ++one.channels;
  one.ended = false;
  return one.version;
}

void interest_log::unwant(std::uint64_t key, time_point now) {
  const auto found = entries_.find(key);
  if (found == entries_.end() || found->second.channels == 0)
    return;
  auto& one = found->second;
  if (--one.channels > 0)
    return;
  const auto until = now + random_.between(linger_ - linger_ / 4, linger_ + linger_ / 4);
  // An item of an earlier stay that comes due later than this is still within the jitter's bounds.
  one.until = one.queued ? std::max(one.until, until) : until;
  if (!one.queued)
    lingering_.push({one.until, key});
  one.queued = true;
}

std::vector<std::uint64_t> interest_log::tick(time_point now) {
  std::vector<std::uint64_t> unseen;
  while (!lingering_.empty() && lingering_.top().at <= now) {
    const auto [at, key] = lingering_.top();
    lingering_.pop();
    const auto found = entries_.find(key);
    auto& one = found->second;
    one.queued = one.channels == 0 && one.until > now;
    if (one.queued) {
      lingering_.push({one.until, key});
    } else if (one.channels == 0 && one.version > flushed_) {
      entries_.erase(found);
      unseen.push_back(key);
    } else if (one.channels == 0) {
      one.ended = true;
      ended_.push_back(key);
    }
  }
  return unseen;
}

std::optional<interest_delta_frame> interest_log::flush() {
  interest_delta_frame delta{.from_version = flushed_};
  const auto room = [&] { return delta.adds.size() + delta.removes.size() < delta_keys_max; };
  for (; !added_.empty() && room(); added_.pop_front()) {
    const auto [key, version] = added_.front();
    const auto found = entries_.find(key);
    if (found == entries_.end() || found->second.version != version)
      continue;
    delta.adds.push_back(key);
    delta.version = version;
    ++count_;
    hash_ ^= mix(key);
  }
  // A removal is younger than every addition made so far, so it waits for all of them.
  for (; added_.empty() && !ended_.empty() && room(); ended_.pop_front()) {
    const auto key = ended_.front();
    const auto found = entries_.find(key);
    if (found == entries_.end() || !found->second.ended)
      continue;
    entries_.erase(found);
    delta.removes.push_back(key);
    delta.version = ++made_;
    --count_;
    hash_ ^= mix(key);
  }
  if (delta.adds.empty() && delta.removes.empty())
    return std::nullopt;
  flushed_ = delta.version;
  return delta;
}

bool interest_log::contains(std::uint64_t key) const {
  return entries_.contains(key);
}

bool interest_log::announced(std::uint64_t key) const {
  const auto found = entries_.find(key);
  return found != entries_.end() && found->second.version <= flushed_;
}

std::uint64_t interest_log::version_of(std::uint64_t key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? 0 : found->second.version;
}

std::vector<std::uint64_t> interest_log::keys() const {
  std::vector<std::uint64_t> all;
  all.reserve(static_cast<std::size_t>(count_));
  for (const auto& [key, one] : entries_)
    if (one.version <= flushed_)
      all.push_back(key);
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace grapevine::cluster
