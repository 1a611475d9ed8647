#pragma once

#include "cluster/node/node_core.hpp"

#include <cstddef>

namespace grapevine::cluster {

/// When a node that has started may serve clients (docs/cluster.md section 2): once, for good.
///
/// Later than the state of others is known, so that a client that connects finds the rosters and
/// events of the cluster; earlier than a cluster that is not there could hold it up.
class readiness {
public:
  /// At the latest this long after the start, however the seeds do. Longer leaves clients without
  /// a node while a member hangs; shorter lets them in before its rosters are known.
  static constexpr duration joining_max = std::chrono::seconds{5};
  /// A node whose seeds are all silent or refuse it starts a cluster of its own after this time.
  /// Shorter splits a cluster whose nodes are started at once; longer delays a single node.
  static constexpr duration joining_alone = std::chrono::seconds{1};

  explicit readiness(time_point started) noexcept : started_{started} {}

  /// What is known when the node is asked.
  struct facts {
    bool linked = false;   ///< another node is known to be alive or suspect
    bool settled = false;  ///< all that are alive are linked and have sent all of their state
    std::size_t seed_dials_open = 0;  ///< connections to seeds that are under way
  };
  static facts facts_of(const node_core&, std::size_t seed_dials_open);

  /// True the first time the node may serve: now it is to be told so.
  bool becomes_ready(const facts&, time_point now) noexcept;
  bool ready() const noexcept {
    return ready_;
  }

private:
  time_point started_;
  bool ready_ = false;
};

}  // namespace grapevine::cluster
