#pragma once

#include <cstdint>
#include <ostream>

namespace grapevine::cluster::sim {

/// Measures how fast failures are noticed on a healthy network with delays of 0.2-5 ms, prints the
/// table of cluster.md section 3 and compares it with what is promised there. False if something
/// takes more than a quarter of a second longer, or if anybody is wrongly declared dead.
bool check_membership_figures(std::uint64_t seed, std::ostream&);

}  // namespace grapevine::cluster::sim
