#pragma once

#include "nodes_load.hpp"

#include <functional>
#include <utility>

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

/// Breaks nodes and paths until a given time, by which everything is whole again.
class nodes_faults {
public:
  nodes_faults(nodes_world&, nodes_oracle&, nodes_load&, nodes_profile, time_point heal_at);

  void run();
  void start(host_id);

private:
  using fault = void (nodes_faults::*)();
  fault choose();
  host_id any_host();
  std::pair<host_id, host_id> any_pair();
  void begin(duration shortest, duration longest, std::function<void()> undo);
  void set_blocked(host_id, host_id, bool blocked);
  void restart_later(host_id);

  void crash();
  void pause();
  void leave();
  void cut();
  void cut_repeatedly();
  void stall();
  void break_pair();
  void break_one_way();
  void refuse_dials();
  void partition();
  void isolate_partly();

  nodes_world& world_;
  nodes_oracle& oracle_;
  nodes_load& load_;
  nodes_profile profile_;
  time_point heal_at_;
};

}  // namespace grapevine::cluster::sim
