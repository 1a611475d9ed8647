#pragma once

#include "bench/fanout_trial.hpp"

#include <iosfwd>
#include <string>
#include <vector>

namespace grapevine::bench {

/// Floor and server under the same load, measured one right after the other on the same core.
struct fanout_pair {
  double events_per_second = 0;  ///< 0: saturated
  fanout_result floor;
  fanout_result server;

  /// The server's CPU per delivery over the floor's.
  double ratio() const {
    return server.cpu_us_per_delivery() / floor.cpu_us_per_delivery();
  }
};

/// Two lines per load: medians over all pairs, and the median, least and largest ratio of the
/// pairs.
void print_table(std::ostream&, const std::vector<fanout_pair>&);

/// The same as one JSON object, with every pair.
void print_json(std::ostream&, const std::vector<fanout_pair>&);

}  // namespace grapevine::bench
