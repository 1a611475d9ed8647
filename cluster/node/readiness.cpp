#include "cluster/node/readiness.hpp"

namespace grapevine::cluster {

readiness::facts readiness::facts_of(const node_core& core, std::size_t seed_dials_open) {
  return {core.members().members().serving() > 0, core.settled(), seed_dials_open};
}

bool readiness::becomes_ready(const facts& known, time_point now) noexcept {
  if (ready_)
    return false;
  const auto waited = now - started_;
  const bool joined = known.linked && known.settled;
  const bool alone = !known.linked && known.seed_dials_open == 0 && waited >= joining_alone;
  ready_ = joined || alone || waited >= joining_max;
  return ready_;
}

}  // namespace grapevine::cluster
