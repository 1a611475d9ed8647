#include "cluster/membership/health.hpp"

#include <algorithm>
#include <utility>

namespace grapevine::cluster {

void health::worsen(unsigned by) noexcept {
  score_ = std::min(max_, score_ + by);
  worse_ = true;
}

void health::end_period() noexcept {
  if (!std::exchange(worse_, false) && score_ > 0)
    --score_;
}

}  // namespace grapevine::cluster
