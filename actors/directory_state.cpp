#include "actors/directory_state.hpp"

namespace grapevine::actors {

directory_state::entry* directory_state::find(const channel_ref& key) {
  auto& channels = apps_[key.app];
  auto found = channels.find(key.name);
  return found == channels.end() ? nullptr : &found->second;
}

const caf::actor* directory_state::forward(const channel_ref& key) {
  auto* known = find(key);
  if (!known)
    return nullptr;
  ++known->forwarded;
  return &known->channel;
}

void directory_state::insert(const channel_ref& key, caf::actor channel) {
  if (apps_[key.app].emplace(key.name, entry{std::move(channel), 0, false}).second)
    ++size_;
}

caf::actor directory_state::retire(const channel_ref& key, std::uint64_t handled) {
  auto* known = find(key);
  if (!known || known->forwarded != handled)
    return nullptr;
  auto ended = std::move(known->channel);
  apps_[key.app].erase(key.name);
  --size_;
  return ended;
}

void directory_state::set_occupied(const channel_ref& key, bool occupied) {
  if (auto* known = find(key))
    known->occupied = occupied;
}

std::vector<std::pair<channel_ref, caf::actor>>
directory_state::occupied(const std::optional<std::uint32_t>& app, std::string_view prefix) const {
  std::vector<std::pair<channel_ref, caf::actor>> result;
  for (const auto& [index, channels] : apps_) {
    if (app && index != *app)
      continue;
    for (auto it = channels.lower_bound(prefix);
         it != channels.end() && it->first.starts_with(prefix); ++it)
      if (it->second.occupied)
        result.emplace_back(channel_ref{index, it->first}, it->second.channel);
  }
  return result;
}

std::vector<caf::actor> directory_state::take_all() {
  std::vector<caf::actor> all;
  for (auto& [index, channels] : apps_)
    for (auto& [name, known] : channels)
      all.push_back(std::move(known.channel));
  apps_.clear();
  size_ = 0;
  return all;
}

}  // namespace grapevine::actors
