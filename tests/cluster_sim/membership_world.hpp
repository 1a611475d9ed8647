#pragma once

#include "sim_node.hpp"

#include <memory>
#include <set>
#include <vector>

namespace grapevine::cluster::sim {

/// All runs of all nodes of one simulation, on one clock and one network.
class membership_world {
public:
  membership_world(std::uint64_t seed, std::size_t hosts, const network_settings&,
                   const membership_settings&, std::ostream* trace);

  sim_clock clock;
  random_source random;
  sim_network network;
  sim_trace trace;
  sim_node::observer observer;  ///< of the runs that start from now on

  std::size_t hosts() const noexcept {
    return current_.size();
  }
  /// Starts a new run at a host where none is.
  sim_node& start(host_id);
  /// The run at that host, paused or not; null if there is none.
  sim_node* at(host_id) const;
  sim_node* find(epoch_t) const;
  /// How many runs have been started and killed.
  std::size_t turnover() const noexcept {
    return turnover_;
  }
  void kill(host_id);
  void power_off(host_id);

private:
  epoch_t new_epoch();

  membership_settings settings_;
  std::vector<std::unique_ptr<sim_node>> runs_;  ///< also those that have ended
  std::vector<sim_node*> current_;
  std::size_t turnover_ = 0;
};

}  // namespace grapevine::cluster::sim
