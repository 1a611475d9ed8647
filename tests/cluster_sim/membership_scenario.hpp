#pragma once

#include "figures.hpp"
#include "membership_oracle.hpp"

#include <string>

namespace grapevine::cluster::sim {

struct scenario_options {
  std::uint64_t seed = 1;
  std::size_t nodes = 0;  ///< 0: three to nine, as the seed decides
  duration until = std::chrono::seconds{60};
  std::ostream* trace = nullptr;
};

struct scenario_result {
  std::size_t nodes = 0;
  std::optional<std::string> failure;
  duration ended{};                  ///< virtual time
  std::size_t converged_checks = 0;  ///< how often the views were compared
  figures measured;
};

/// Nodes that start, fail and come back as the seed says, until ten seconds before the end; then
/// everything heals.
scenario_result run_membership(const scenario_options&);

}  // namespace grapevine::cluster::sim
