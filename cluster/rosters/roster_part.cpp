#include "cluster/rosters/roster_part.hpp"

#include <set>
#include <string_view>
#include <utility>

namespace grapevine::cluster {

roster_part::result roster_part::on_delta(const roster_delta_frame& delta, bool acknowledged) {
  const bool from_empty = state_ != state::live;
  if (from_empty && !acknowledged)
    return {};
  // A delta that starts elsewhere was made before the node came to this channel in sending
  // everything again. One from 0 says that there was nothing to send.
  if (state_ == state::restarted && delta.from != 0)
    return {};
  const auto version = from_empty ? 0 : version_;
  if (delta.to <= version)
    return {};
  if (delta.from != version)
    return gap();

  result done{outcome::applied, {}};
  if (from_empty) {
    stop_collecting();
    roster_elements fresh;
    for (const auto& element : delta.joins)
      fresh.insert_or_assign(element.user_id, std::make_shared<const roster_element>(element));
    done.change = replace(std::move(fresh));
  } else {
    std::set<std::string_view> returning;
    if (!delta.leaves.empty())
      for (const auto& element : delta.joins)
        returning.insert(element.user_id);
    for (const auto& leave : delta.leaves)
      if (!returning.contains(leave.user_id) && elements_.erase(leave.user_id) > 0)
        done.change.leaves.push_back(leave);
    for (const auto& element : delta.joins) {
      auto& known = elements_[element.user_id];
      if (known && *known == element)
        continue;
      known = std::make_shared<const roster_element>(element);
      done.change.joins.push_back(known);
    }
  }
  become_live(delta.to);
  // Live and empty is what the acknowledgement alone says too: nothing to remember.
  if (acknowledged && elements_.empty())
    state_ = state::awaiting;
  return done;
}

roster_part::result roster_part::on_snapshot(const roster_snapshot_frame& snapshot) {
  if (state_ == state::live && snapshot.version < version_)
    return {};
  if (!collecting_ || collected_version_ != snapshot.version) {
    stop_collecting();
    collecting_ = true;
    collected_version_ = snapshot.version;
  }
  if (refused_) {
    if (snapshot.last)
      stop_collecting();
    return {};
  }
  for (const auto& element : snapshot.elements) {
    collected_bytes_ += element.user_id.size() + element.user_info.size();
    if (collected_bytes_ > snapshot_bytes_max) {
      auto refusal = gap();
      if (!snapshot.last) {
        collecting_ = refused_ = true;
        collected_version_ = snapshot.version;
      }
      return refusal;
    }
    collected_.insert_or_assign(element.user_id, std::make_shared<const roster_element>(element));
  }
  if (!snapshot.last)
    return {outcome::applied, {}};
  result done{outcome::applied, replace(std::move(collected_))};
  stop_collecting();
  become_live(snapshot.version);
  return done;
}

void roster_part::await() {
  stop_collecting();
  version_ = 0;
  if (state_ == state::live)
    state_ = state::awaiting;
}

void roster_part::restart() {
  stop_collecting();
  version_ = 0;
  state_ = state::restarted;
}

roster_change roster_part::acknowledge() {
  // While a snapshot is arriving it is what answers.
  if (collecting_ || state_ == state::restarted)
    return {};
  if (state_ == state::live) {
    if (elements_.empty())
      state_ = state::awaiting;
    return {};
  }
  return replace({});
}

roster_change roster_part::settle(bool answered) {
  if (state_ == state::live)
    return {};
  state_ = state::awaiting;
  return answered ? acknowledge() : roster_change{};
}

/// Asked for a snapshot, the node sends everything again. Until then further deltas are ignored, so
/// that one gap is one question.
roster_part::result roster_part::gap() {
  restart();
  return {outcome::gap, {}};
}

void roster_part::stop_collecting() {
  collecting_ = refused_ = false;
  collected_version_ = 0;
  collected_bytes_ = 0;
  collected_.clear();
}

void roster_part::become_live(std::uint64_t version) {
  state_ = state::live;
  version_ = elements_.empty() ? 0 : version;
}

/// Both maps are sorted: one walk over them. Elements that did not change stay the same objects.
roster_change roster_part::replace(roster_elements fresh) {
  roster_change change;
  auto old = elements_.begin();
  for (auto& [user_id, element] : fresh) {
    for (; old != elements_.end() && old->first < user_id; ++old)
      change.leaves.push_back({old->first, false});
    if (old != elements_.end() && old->first == user_id) {
      const auto& known = (old++)->second;
      if (*known == *element) {
        element = known;
        continue;
      }
    }
    change.joins.push_back(element);
  }
  for (; old != elements_.end(); ++old)
    change.leaves.push_back({old->first, false});
  elements_ = std::move(fresh);
  return change;
}

}  // namespace grapevine::cluster
