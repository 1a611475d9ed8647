#include "cluster/links/banned_addresses.hpp"

#include <algorithm>

namespace grapevine::cluster {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t offences_max = 3;
constexpr duration window = 1min;
constexpr duration penalty = 30s;

}  // namespace

void banned_addresses::note(std::string_view address, time_point now) {
  auto found = by_address_.find(address);
  if (found == by_address_.end()) {
    make_room(now);
    found = by_address_.emplace(std::string{address}, record{}).first;
  }
  auto& [offences, refused_until] = found->second;
  std::erase_if(offences, [&](time_point each) { return now - each >= window; });
  offences.push_back(now);
  if (offences.size() < offences_max)
    return;
  offences.clear();
  refused_until = now + penalty;
}

bool banned_addresses::refused(std::string_view address, time_point now) const {
  const auto found = by_address_.find(address);
  return found != by_address_.end() && now < found->second.refused_until;
}

void banned_addresses::make_room(time_point now) {
  if (by_address_.size() < addresses_max)
    return;
  std::erase_if(by_address_, [&](const auto& each) {
    const auto& [address, known] = each;
    const bool quiet = known.offences.empty() || now - known.offences.back() >= window;
    return quiet && now >= known.refused_until;
  });
  if (by_address_.size() < addresses_max)
    return;
  by_address_.erase(std::ranges::min_element(by_address_, {}, [](const auto& each) {
    const auto& known = each.second;
    return known.offences.empty() ? known.refused_until - penalty : known.offences.back();
  }));
}

}  // namespace grapevine::cluster
