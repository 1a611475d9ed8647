#pragma once

#include "cluster/wire/node_info.hpp"

#include <cstddef>
#include <vector>

namespace grapevine::cluster {

/// Times and limits of `membership`; cluster.md section 3 says how the defaults were chosen.
struct membership_settings {
  duration tick_interval = std::chrono::milliseconds{50};    ///< how often `tick` is called
  duration probe_interval = std::chrono::milliseconds{500};  ///< one protocol period
  duration probe_timeout = std::chrono::milliseconds{300};   ///< until others are asked to probe
  std::size_t probe_all_max = 64;  ///< above: only `probe_sample` per period
  std::size_t probe_sample = 8;
  std::size_t indirect_probes = 3;
  unsigned suspicion_mult = 4;
  unsigned suspicion_max_mult = 3;
  unsigned retransmit_mult = 4;
  duration gossip_interval = std::chrono::milliseconds{200};
  std::size_t gossip_nodes = 3;
  duration push_pull_interval = std::chrono::seconds{15};
  duration repair_interval = std::chrono::seconds{1};  ///< between push-pulls because views differ
  unsigned health_max = 2;

  duration redial_min = std::chrono::milliseconds{50};
  duration redial_max = std::chrono::seconds{2};
  /// For members dead for longer than `redial_fast_for`.
  duration redial_slow = std::chrono::seconds{10};
  /// And for how long member lists name the dead.
  duration redial_fast_for = std::chrono::minutes{10};
  duration forget_after = std::chrono::hours{24};
  duration seed_interval = std::chrono::seconds{10};
  duration leave_timeout = std::chrono::seconds{1};

  std::size_t members_max = 1024;  ///< further names are ignored
  std::vector<base::endpoint> seeds;
};

}  // namespace grapevine::cluster
