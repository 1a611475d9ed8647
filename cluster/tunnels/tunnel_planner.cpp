#include "cluster/tunnels/tunnel_planner.hpp"

#include "cluster/random.hpp"

#include <algorithm>

namespace grapevine::cluster {

namespace {

/// Both ends of a pair would choose the same relay, and the lower epoch gets to do it.
constexpr int shares_of_higher = 2;

duration share(duration delay, epoch_t self, epoch_t peer) noexcept {
  return self < peer ? delay : delay * shares_of_higher;
}

}  // namespace

std::vector<tunnel_planner::opening> tunnel_planner::due(epoch_t self,
                                                         std::span<const epoch_t> unlinked,
                                                         std::span<const epoch_t> relays,
                                                         time_point now) {
  std::erase_if(attempts_, [&](const auto& each) {
    return std::ranges::find(unlinked, each.first) == unlinked.end();
  });
  std::vector<opening> openings;
  for (const auto target : unlinked) {
    const auto [at, fresh] = attempts_.try_emplace(target);
    auto& one = at->second;
    if (fresh)
      one.due = now + share(delay, self, target);
    if (one.open || now < one.due || relays.empty())
      continue;
    auto via = choose(self, target, relays, one.tried);
    if (!via && now - one.round_began >= round) {
      one.tried.clear();
      via = choose(self, target, relays, one.tried);
    }
    if (!via)
      continue;
    if (one.tried.empty())
      one.round_began = now;
    one.open = true;
    openings.push_back({target, *via, ++paths_});
  }
  return openings;
}

std::optional<epoch_t> tunnel_planner::choose(epoch_t self, epoch_t target,
                                              std::span<const epoch_t> relays,
                                              const std::set<epoch_t>& tried) const {
  const auto pair = mix(std::min(self, target) ^ mix(std::max(self, target)));
  std::optional<epoch_t> best;
  std::uint64_t best_weight = 0;
  for (const auto relay : relays) {
    const auto weight = mix(relay ^ pair);
    if (tried.contains(relay) || (best && weight <= best_weight))
      continue;
    best = relay;
    best_weight = weight;
  }
  return best;
}

void tunnel_planner::failed(epoch_t target, epoch_t via) {
  const auto found = attempts_.find(target);
  if (found == attempts_.end())
    return;
  found->second.open = false;
  found->second.tried.insert(via);
}

void tunnel_planner::lost(epoch_t peer, epoch_t via, time_point now) {
  auto& one = attempts_[peer];
  one = {.due = now + delay_again, .tried = {}, .round_began = now, .open = false};
  if (via != 0)
    one.tried.insert(via);
}

}  // namespace grapevine::cluster
