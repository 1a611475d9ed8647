#pragma once

#include "membership_scenario.hpp"

namespace grapevine::cluster::sim {

/// Whole nodes with clients, that fail as the seed says until ten seconds before the end. `spoils`:
/// nothing fails, but some state frames do not arrive, which the nodes have to notice and mend.
scenario_result run_nodes(const scenario_options&, bool spoils);

}  // namespace grapevine::cluster::sim
