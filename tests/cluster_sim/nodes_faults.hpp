#pragma once

#include "nodes_load.hpp"
#include "sim_faults.hpp"

namespace grapevine::cluster::sim {

/// What goes wrong in a run of whole nodes.
enum class nodes_profile : std::uint8_t {
  everything,
  crashes,  ///< kill, power off, restart, leave
  leaves,   ///< only in order, so that nothing may be lost
  pauses,
  partitions,
  connections,  ///< single paths
  slow,         ///< small bounds, late credit, few faults
  calm,
};

/// Breaks whole nodes and the paths between them.
class nodes_faults final : public sim_faults {
public:
  nodes_faults(nodes_world&, nodes_oracle&, nodes_load&, nodes_profile, time_point heal_at);

  void start(host_id) override;

private:
  void strike() override;
  void disturbed() override;

  void crash();
  void pause();
  void leave();

  nodes_world& world_;
  nodes_oracle& oracle_;
  nodes_load& load_;
  nodes_profile profile_;
};

}  // namespace grapevine::cluster::sim
