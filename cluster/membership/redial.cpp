#include "cluster/membership/redial.hpp"

#include <algorithm>

namespace grapevine::cluster {

void redial::schedule(time_point at) noexcept {
  next_ = at;
  backoff_ = {};
  dialling_ = false;
}

void redial::failed(time_point now, bool slow, const membership_settings& settings,
                    random_source& random) noexcept {
  dialling_ = false;
  backoff_ = slow ? settings.redial_slow
                  : std::clamp(backoff_ * 2, settings.redial_min, settings.redial_max);
  next_ = now + random.between(backoff_ / 2, backoff_);
}

}  // namespace grapevine::cluster
