#pragma once

#include "figures.hpp"
#include "nodes_oracle.hpp"

#include <functional>
#include <set>

namespace grapevine::cluster::sim {

/// Measures how long events are on their way from one node to the subscribers of another (P1), and
/// in calm conditions sees that nobody who was let in is left out (P2).
class event_times final : public nodes_witness {
public:
  event_times(nodes_world&, nodes_oracle&, figures&);

  /// Under which name they are measured from now on.
  void set_label(std::string label) {
    label_ = std::move(label);
  }
  /// Nodes from and to which events take their time.
  void leave_out(std::set<host_id> hosts) {
    left_out_ = std::move(hosts);
  }
  /// Whether P2 has no exceptions now: nobody is suspected, and nobody answers late.
  void set_strict(bool strict) {
    strict_ = strict;
  }

  /// Called a moment after a node's first subscriber of a channel was let in, in calm conditions.
  void on_first(std::function<void(node_run&, std::size_t place)> what) {
    on_first_ = std::move(what);
  }

  void let_in(node_run&, sim_channel&, socket_id) override;
  void published(node_run&, std::size_t place, std::uint64_t event) override;
  void forwarded(node_run&, std::size_t place, std::uint64_t event, bool cache) override;
  void delivered(node_run&, sim_channel&, socket_id, epoch_t publisher,
                 std::uint64_t event) override;
  void check() override;

private:
  nodes_world& world_;
  nodes_oracle& oracle_;
  figures& figures_;
  std::string label_ = "event to another node, other runs";
  std::set<host_id> left_out_;
  bool strict_ = false;
  std::function<void(node_run&, std::size_t)> on_first_;
  std::map<std::uint64_t, time_point> published_;
  std::map<epoch_t, std::uint64_t> ack_timeouts_;
};

}  // namespace grapevine::cluster::sim
