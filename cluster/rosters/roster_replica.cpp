#include "cluster/rosters/roster_replica.hpp"

#include <utility>

namespace grapevine::cluster {

roster_delta_frame roster_replica::join(const roster_element& element, std::uint64_t version) {
  own_.insert_or_assign(element.user_id, std::make_shared<const roster_element>(element));
  roster_delta_frame delta;
  delta.from = std::exchange(own_version_, version);
  delta.to = version;
  delta.joins.push_back(element);
  return delta;
}

std::optional<roster_delta_frame> roster_replica::leave(const std::string& user_id, bool moving,
                                                        std::uint64_t version) {
  const auto found = own_.find(user_id);
  if (found == own_.end())
    return std::nullopt;
  roster_delta_frame delta;
  delta.leaves.push_back({user_id, moving});
  own_.erase(found);
  delta.from = std::exchange(own_version_, own_.empty() ? 0 : version);
  delta.to = version;
  return delta;
}

const roster_elements& roster_replica::own() const noexcept {
  return own_;
}

std::uint64_t roster_replica::own_version() const noexcept {
  return own_version_;
}

std::vector<roster_snapshot_frame> roster_replica::snapshot(std::uint64_t answers,
                                                            std::size_t bytes) const {
  // Two counts and a clock beside the strings, as LEB128 at their longest.
  constexpr std::size_t numbers = std::size_t{3} * 10;
  std::vector<roster_snapshot_frame> frames;
  std::size_t filled = 0;
  for (const auto& [user_id, element] : own_) {
    const auto size = user_id.size() + element->user_info.size() + numbers;
    if (frames.empty() || filled + size > bytes) {
      roster_snapshot_frame next;
      next.version = own_version_;
      next.answers = answers;
      next.last = false;
      frames.push_back(std::move(next));
      filled = 0;
    }
    frames.back().elements.push_back(*element);
    filled += size;
  }
  if (!frames.empty())
    frames.back().last = true;
  return frames;
}

/// An absent part is a blank one: made for the step, and kept only if it is not blank behind it.
template <class Step>
auto roster_replica::at_part(epoch_t node, Step step) {
  const auto at = others_.try_emplace(node).first;
  auto done = step(at->second);
  if (at->second.blank())
    others_.erase(at);
  return done;
}

void roster_replica::await(std::uint64_t v) {
  want_ = v;
  for (auto& [node, each] : others_)
    each.await();
  std::erase_if(others_, [](const auto& each) { return each.second.blank(); });
}

roster_replica::result roster_replica::on_delta(epoch_t from, const roster_delta_frame& delta,
                                                std::uint64_t acked) {
  return at_part(from, [&](roster_part& part) {
    auto done = part.on_delta(delta, acked >= want_);
    done.change.node = from;
    return done;
  });
}

roster_replica::result roster_replica::on_snapshot(epoch_t from,
                                                   const roster_snapshot_frame& snapshot) {
  if (snapshot.answers < want_)
    return {outcome::ignored, {from, {}, {}}};
  return at_part(from, [&](roster_part& part) {
    auto done = part.on_snapshot(snapshot);
    done.change.node = from;
    return done;
  });
}

roster_change roster_replica::acknowledge(epoch_t node, std::uint64_t acked) {
  if (acked < want_)
    return {node, {}, {}};
  return at_part(node, [&](roster_part& part) {
    auto change = part.acknowledge();
    change.node = node;
    return change;
  });
}

void roster_replica::restart(epoch_t node) {
  others_[node].restart();
}

roster_change roster_replica::settle(epoch_t node, std::uint64_t answers) {
  return at_part(node, [&](roster_part& part) {
    auto change = part.settle(answers >= want_);
    change.node = node;
    return change;
  });
}

roster_change roster_replica::drop(epoch_t node) {
  roster_change change{node, {}, {}};
  const auto found = others_.find(node);
  if (found == others_.end())
    return change;
  for (const auto& [user_id, element] : found->second.elements())
    change.leaves.push_back({user_id, false});
  others_.erase(found);
  return change;
}

void roster_replica::forget_others() {
  others_.clear();
  want_ = UINT64_MAX;
}

std::vector<roster_change> roster_replica::others() const {
  std::vector<roster_change> parts;
  for (const auto& [node, part] : others_) {
    if (part.elements().empty())
      continue;
    auto& next = parts.emplace_back();
    next.node = node;
    for (const auto& [user_id, element] : part.elements())
      next.joins.push_back(element);
  }
  return parts;
}

std::uint64_t roster_replica::version_of(epoch_t node) const noexcept {
  const auto found = others_.find(node);
  return found == others_.end() ? 0 : found->second.version();
}

bool roster_replica::empty() const noexcept {
  return own_.empty() && others_.empty();
}

}  // namespace grapevine::cluster
