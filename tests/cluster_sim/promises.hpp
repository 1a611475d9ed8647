#pragma once

#include "membership_scenario.hpp"

namespace grapevine::cluster::sim {

/// Whole nodes with clients, to which one thing at a time happens, so that what the cluster
/// promises can be measured: how long events and members take, what a death, a partition, a pause,
/// a restart and an orderly leave cost, how much a slow peer may cost, what a wrong clock does, and
/// whether questions are answered. Which of them it is depends on the seed.
scenario_result run_promises(const scenario_options&);

}  // namespace grapevine::cluster::sim
