#include "sim_clock.hpp"

#include <algorithm>

namespace grapevine::cluster::sim {

void sim_clock::schedule(time_point at, callback what) {
  events_.emplace(std::pair{std::max(at, now_), next_sequence_++}, std::move(what));
}

void sim_clock::run_until(time_point until) {
  stopped_ = false;
  while (!stopped_ && !events_.empty() && events_.begin()->first.first <= until) {
    auto event = events_.extract(events_.begin());
    now_ = event.key().first;
    event.mapped()();
  }
  if (!stopped_)
    now_ = std::max(now_, until);
}

}  // namespace grapevine::cluster::sim
