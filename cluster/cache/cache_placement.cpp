#include "cluster/cache/cache_placement.hpp"

#include "cluster/rendezvous.hpp"

#include <algorithm>
#include <tuple>

namespace grapevine::cluster {

cache_placement::cache_placement(duration settle) noexcept : settle_{settle} {}

bool cache_placement::set_candidates(std::vector<candidate> given, time_point now) {
  std::ranges::sort(given, [](const candidate& a, const candidate& b) {
    return std::tie(a.name, b.epoch) < std::tie(b.name, a.epoch);
  });
  const auto same_name = [](const candidate& a, const candidate& b) { return a.name == b.name; };
  given.erase(std::unique(given.begin(), given.end(), same_name), given.end());
  candidates next;
  next.reserve(given.size());
  for (const auto& one : given)
    next.push_back({one.epoch, name_hash(one.name)});
  if (next == current_)
    return false;
  // Candidates that did not stand long enough for anybody to act on them entitle nobody.
  if (settled(now))
    settled_ = current_;
  previous_ = std::move(current_);
  current_ = std::move(next);
  changed_at_ = now;
  return true;
}

epoch_t cache_placement::at(std::uint64_t key, unsigned rank) const {
  return rank < 2 ? first_two(current_, key)[rank] : 0;
}

bool cache_placement::acts(std::uint64_t key, epoch_t self, time_point now) const {
  return self != 0 && at(key, 0) == self && (settled(now) || first_two(settled_, key)[0] == self);
}

bool cache_placement::moved(std::uint64_t key) const {
  return first_two(current_, key) != first_two(previous_, key);
}

bool cache_placement::settled(time_point now) const {
  return now - changed_at_ >= settle_;
}

std::array<epoch_t, 2> cache_placement::first_two(const candidates& from, std::uint64_t key) {
  std::array<epoch_t, 2> epochs{};
  std::array<std::uint64_t, 2> weights{};
  for (const auto& one : from) {
    // On equal weights the first by name stays in front.
    const auto weight = rendezvous_weight(one.name_hash, key);
    if (epochs[0] == 0 || weight > weights[0]) {
      epochs = {one.epoch, epochs[0]};
      weights = {weight, weights[0]};
    } else if (epochs[1] == 0 || weight > weights[1]) {
      epochs[1] = one.epoch;
      weights[1] = weight;
    }
  }
  return epochs;
}

}  // namespace grapevine::cluster
