#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace grapevine::bench {

struct cluster_options {
  std::string server;
  unsigned shards = 1;             ///< of each node
  std::size_t event_bytes = 200;   ///< of data
  std::size_t samples = 3000;      ///< hop: on each side
  unsigned seconds = 3;            ///< cost, shape: one turn
  unsigned turns = 5;              ///< cost: of each kind, alternating
  std::size_t subscribes = 1000;   ///< bytes: in the burst
  std::size_t channels = 200'000;  ///< memory
  unsigned deaths = 50;            ///< death: for each size of cluster
  std::size_t subscribers = 900;   ///< shape
  std::size_t shape_channels = 100;
  std::chrono::seconds limit{600};  ///< of one measurement; those that repeat stop early
};

/// One result; `target` is the most it should be.
struct figure {
  std::string name;
  double value = 0;
  std::string unit;
  std::optional<double> target = std::nullopt;
};

struct measurement {
  std::vector<figure> figures;

  void add(std::string name, double value, std::string unit,
           std::optional<double> target = std::nullopt) {
    figures.push_back({std::move(name), value, std::move(unit), target});
  }
};

/// Each starts its own nodes and ends them. False, with the reason in `why`, when it failed.

/// Latency of a publish into the subscriber's node, and of one into another node.
bool measure_hop(const cluster_options&, measurement&, std::string& why);
/// CPU time of publisher's and subscriber's node per event that goes from one to the other.
bool measure_cost(const cluster_options&, measurement&, std::string& why);
/// Bytes between three nodes for a channel's first subscriber.
bool measure_bytes(const cluster_options&, measurement&, std::string& why);
/// Memory of a node for channels that another one wants.
bool measure_memory(const cluster_options&, measurement&, std::string& why);
/// Time from a node's death until all survivors call it dead.
bool measure_death(const cluster_options&, measurement&, std::string& why);
/// Three nodes with subscribers of many channels; how much they deliver in time.
bool measure_shape(const cluster_options&, measurement&, std::string& why);

/// Of values in any order; 0 for none.
double percentile(std::vector<double> values, double share);

}  // namespace grapevine::bench
