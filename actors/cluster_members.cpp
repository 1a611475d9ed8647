#include "actors/cluster_members.hpp"

#include <array>
#include <charconv>

namespace grapevine::actors {

std::string origin_of(cluster::epoch_t epoch) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), epoch, 16).ptr;
  return {digits.data(), end};
}

void cluster_members::set(cluster::epoch_t epoch, bool serving) {
  auto origin = origin_of(epoch);
  const std::lock_guard lock{mutex_};
  if (serving)
    origins_.insert(std::move(origin));
  else
    origins_.erase(origin);
}

bool cluster_members::contains(std::string_view origin) const {
  const std::lock_guard lock{mutex_};
  return origins_.find(origin) != origins_.end();
}

}  // namespace grapevine::actors
