#pragma once

#include "nodes_oracle.hpp"

#include <deque>
#include <set>

namespace grapevine::cluster::sim {

/// Counts for each direction between two runs the events that were given to the stream, and those
/// that came out of it: as events or as parts of a gap. Both are equal, but for what is on its way
/// (invariant 8).
///
/// A run that had to take another epoch is not followed any further: its streams of the former one
/// go on for a moment.
///
/// A sender that drops a peer drops what waits for it: that direction starts again at nothing. A
/// receiver that drops a peer does not change the account: its stream goes on at the same byte.
class event_ledger final : public nodes_witness {
public:
  event_ledger(nodes_world&, nodes_oracle&);

  void forwarded(node_run&, std::size_t place, std::uint64_t event, bool cache) override;
  void read(node_run&, epoch_t from, const event_tally&) override;
  void changed(node_run& by, const member_news&) override;
  void link(node_run& by, const link_news&) override;
  void renewed(node_run&, epoch_t before) override;
  void over(node_run&, bool left) override;
  void check() override;

  /// Events that gaps stood for.
  std::uint64_t left_out() const noexcept {
    return left_out_;
  }

private:
  struct account {
    std::deque<std::pair<std::uint64_t, time_point>> sent;  ///< events, oldest first
    bool closed = false;  ///< the sender has dropped it; what still arrives is from before
  };
  void forget(epoch_t);
  void push(node_run& by, node_run& to, std::uint64_t event);

  nodes_world& world_;
  nodes_oracle& oracle_;
  std::map<std::pair<epoch_t, epoch_t>, account> accounts_;  ///< {from, to}
  std::set<epoch_t> renewed_;
  std::uint64_t left_out_ = 0;
};

}  // namespace grapevine::cluster::sim
