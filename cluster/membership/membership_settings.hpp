#pragma once

#include "cluster/wire/node_info.hpp"

#include <cstddef>
#include <vector>

namespace grapevine::cluster {

/// Times and limits of `membership`; docs/cluster.md section 3 says how the defaults were chosen.
/// All nodes of a cluster should have the same, though none has to.
struct membership_settings {
  /// How often `tick` is called. Less finds things out sooner, by at most the difference, and costs
  /// a walk over all members each time.
  duration tick_interval = std::chrono::milliseconds{50};

  // -- finding out that a member is gone

  /// One protocol period: every member is probed once in it. Less finds the dead sooner and costs
  /// two small frames per member and period; more makes a pause of a member less likely to show.
  duration probe_interval = std::chrono::milliseconds{500};
  /// How long an answer may take before others are asked to probe. Less than the longest round trip
  /// between two nodes makes every probe an indirect one; more leaves less time for those within
  /// the period.
  duration probe_timeout = std::chrono::milliseconds{300};
  /// With more members than this only `probe_sample` of them are probed per period, so that the
  /// cost of a node stays level; the time until somebody probes a dead member grows with the
  /// cluster instead.
  std::size_t probe_all_max = 64;
  std::size_t probe_sample = 8;
  /// How many others are asked to probe a member that does not answer. More gets around more broken
  /// links at once, and asks more of everybody while one node is down.
  std::size_t indirect_probes = 3;

  // -- from suspect to dead; `suspicion_timeout` has the formula

  /// The shortest time a suspect has to refute, in `probe_interval`s times log10 of the members
  /// (at least 1). More forgives longer pauses; less takes a dead node's members out sooner.
  unsigned suspicion_mult = 4;
  /// The longest, as a multiple of the shortest: for a suspicion that nobody else confirms, which
  /// so is more likely this node's own fault.
  unsigned suspicion_max_mult = 3;
  /// How far a node that is slow itself stretches its own times (Lifeguard): up to 1 + this. 0
  /// trusts its own clock; more makes a loaded node slower to accuse others.
  unsigned health_max = 2;

  // -- telling others

  /// How often a rumour is sent on, times log10 of the members. More survives more loss and costs
  /// bytes; what is missed is made good by push-pull.
  unsigned retransmit_mult = 4;
  /// How often rumours are sent to `gossip_nodes` others beside those on probes. Less spreads news
  /// sooner: about log(members) / log(gossip_nodes) rounds.
  duration gossip_interval = std::chrono::milliseconds{200};
  std::size_t gossip_nodes = 3;
  /// How often a node exchanges its whole list with another. It mends what rumours left; less costs
  /// bytes with the square of the members.
  duration push_pull_interval = std::chrono::seconds{15};
  /// The least time between such exchanges because two nodes' views differ.
  duration repair_interval = std::chrono::seconds{1};

  // -- links

  /// The first wait before a lost link is dialled again, doubled up to `redial_max`. Less heals a
  /// short break sooner; more spares a node that is overrun by dials.
  duration redial_min = std::chrono::milliseconds{50};
  duration redial_max = std::chrono::seconds{2};
  /// The wait for members that have been dead for longer than `redial_fast_for`. More lets a long
  /// partition take longer to heal; less dials machines that will never be back.
  duration redial_slow = std::chrono::seconds{10};
  /// Also how long member lists name the dead.
  duration redial_fast_for = std::chrono::minutes{10};
  /// When a dead member is not dialled any more: a partition that lasts longer heals by the seeds
  /// alone.
  duration forget_after = std::chrono::hours{24};
  /// How often seeds that are no known members are dialled.
  duration seed_interval = std::chrono::seconds{10};
  /// How long a leaving node waits for others to have heard its goodbye.
  duration leave_timeout = std::chrono::seconds{1};

  /// Further names are ignored, so that rumours cannot make a node hold any number of members.
  std::size_t members_max = 1024;
  /// Where others may be found at the start; each may stand for several addresses.
  std::vector<base::endpoint> seeds;
};

}  // namespace grapevine::cluster
