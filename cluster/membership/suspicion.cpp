#include "cluster/membership/suspicion.hpp"

#include <algorithm>
#include <cmath>

namespace grapevine::cluster {

namespace {

duration scaled(duration value, double factor) noexcept {
  return duration{static_cast<duration::rep>(static_cast<double>(value.count()) * factor)};
}

}  // namespace

duration suspicion_min(unsigned mult, std::size_t members, duration interval) noexcept {
  const double spread = members > 10 ? std::log10(static_cast<double>(members)) : 1.0;
  return scaled(interval, mult * spread);
}

duration suspicion_timeout(unsigned confirmations, unsigned wanted, duration min,
                           duration max) noexcept {
  if (wanted == 0)
    return min;
  const double share = std::log(confirmations + 1.0) / std::log(wanted + 1.0);
  return std::max(min, max - scaled(max - min, share));
}

bool suspicion::confirm(epoch_t accuser) {
  if (accusers_.size() >= accusers_max || std::ranges::find(accusers_, accuser) != accusers_.end())
    return false;
  accusers_.push_back(accuser);
  return true;
}

}  // namespace grapevine::cluster
