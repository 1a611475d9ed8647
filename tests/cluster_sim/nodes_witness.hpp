#pragma once

#include "node_run.hpp"

namespace grapevine::cluster::sim {

/// Looks at one promise of a simulation of whole nodes. The oracle passes on what it is told,
/// before it draws its own conclusions; what a witness finds wrong it says by `nodes_oracle::fail`.
class nodes_witness {
public:
  virtual ~nodes_witness() = default;

  // -- subscribers
  virtual void let_in(node_run&, sim_channel&, socket_id) {}
  /// Before the subscriber is gone.
  virtual void goes(node_run&, sim_channel&, socket_id, bool /*moving*/) {}
  virtual void announced(node_run&, sim_channel&, const roster_view::announcement&) {}

  // -- events
  virtual void published(node_run&, std::size_t /*place*/, std::uint64_t /*event*/) {}
  /// The publisher's core is given the event right after this.
  virtual void forwarded(node_run&, std::size_t /*place*/, std::uint64_t /*event*/,
                         bool /*cache*/) {}
  virtual void delivered(node_run&, sim_channel&, socket_id, epoch_t /*publisher*/,
                         std::uint64_t /*event*/) {}
  /// What one read of a link, or of a tunnel through it, brought of that node's events.
  virtual void read(node_run&, epoch_t /*from*/, const event_tally&) {}

  // -- nodes
  virtual void changed(node_run& /*by*/, const member_news&) {}
  virtual void link(node_run& /*by*/, const link_news&) {}
  /// Another run takes the epoch's place, in the same process.
  virtual void renewed(node_run&, epoch_t /*before*/) {}
  /// The run is over: killed, or `left` in order. Its channels still say who was there.
  virtual void over(node_run&, bool /*left*/) {}

  // -- questions
  virtual void asked(node_run& /*by*/, const question&) {}
  virtual void answers(node_run& /*by*/, const question&) {}
  virtual void gathered(node_run& /*by*/, const gathered_answers&) {}

  /// Every now and then.
  virtual void check() {}
  virtual void check_end() {}
};

}  // namespace grapevine::cluster::sim
