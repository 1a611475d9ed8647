#pragma once

#include "node_run.hpp"

#include <memory>
#include <ostream>
#include <vector>

namespace grapevine::cluster::sim {

/// All runs of all nodes of one simulation, on one clock and one network.
class nodes_world {
public:
  nodes_world(std::uint64_t seed, std::size_t hosts, std::ostream* trace,
              const network_settings& = {});

  sim_clock clock;
  random_source random;
  sim_network network;
  sim_trace trace;
  nodes_setting setting;  ///< not to be changed once a node runs

  /// Before the first node runs.
  void add_channel(channel_name);
  std::size_t hosts() const noexcept {
    return current_.size();
  }
  /// Starts a new run at a host where none is.
  node_run& start(host_id, nodes_oracle&);
  /// The run at that host, paused or not; null if there is none.
  node_run* at(host_id) const;
  node_run* find(epoch_t) const;
  node_run* find(std::string_view name) const;
  void kill(host_id);
  void power_off(host_id);
  void pause(host_id);
  void resume(host_id);
  /// Sets the wall clock of a host, which a run that is there or comes later goes by.
  void step_wall(host_id, std::chrono::milliseconds by);

private:
  std::vector<std::unique_ptr<node_run>> runs_;  ///< also those that have ended
  std::vector<node_run*> current_;
  std::vector<std::chrono::milliseconds> wall_;  ///< of each host, ahead of the true time
};

}  // namespace grapevine::cluster::sim
