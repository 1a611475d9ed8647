#include "cluster/membership/member_table.hpp"

#include <algorithm>
#include <utility>

namespace grapevine::cluster {

rumour describe(const member& m) {
  const auto& i = m.info;
  const auto from = m.suspected ? m.suspected->first_accuser() : 0;
  return {i.name,    i.epoch, i.incarnation, m.state,     from,
          i.address, i.flags, i.proto_min,   i.proto_max, i.features};
}

const member* member_table::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &found->second;
}

const member* member_table::find(epoch_t epoch) const {
  const auto found = names_.find(epoch);
  return found == names_.end() ? nullptr : find(found->second);
}

member* member_table::find(std::string_view name) {
  return const_cast<member*>(std::as_const(*this).find(name));
}

member* member_table::find(epoch_t epoch) {
  return const_cast<member*>(std::as_const(*this).find(epoch));
}

member& member_table::put(member m) {
  if (const auto* old = find(m.info.name))
    names_.erase(old->info.epoch);
  names_[m.info.epoch] = m.info.name;
  return by_name_.insert_or_assign(m.info.name, std::move(m)).first->second;
}

void member_table::erase(map::iterator at) {
  names_.erase(at->second.info.epoch);
  by_name_.erase(at);
}

std::size_t member_table::serving() const noexcept {
  return static_cast<std::size_t>(
      std::ranges::count_if(by_name_, [](const auto& each) { return each.second.serving(); }));
}

}  // namespace grapevine::cluster
