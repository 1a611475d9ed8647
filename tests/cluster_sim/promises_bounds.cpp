// P9: what slow and stopped peers may cost, with bounds so small that they are really met.

#include "promise_run.hpp"
#include "sim_node.hpp"

#include <algorithm>

namespace grapevine::cluster::sim {

namespace {

using namespace std::chrono_literals;

/// Events keep the bound on all peers together; state and control frames, which are never refused,
/// may lie beside them.
constexpr std::size_t beside = 16u << 10;
constexpr auto others_well = "event to another node, all well";
constexpr auto others_slow = "event between nodes, while others are slow";

}  // namespace

/// A quarter of a thousandth of the defaults, in about their proportions; what control frames and
/// segments may take is less than that of the whole, as there.
void promise_run::set_bounds() {
  auto& s = world_.setting.session;
  s.window = 16u << 10;
  s.soft = 32u << 10;
  s.hard = 64u << 10;
  s.node_total = 256u << 10;
  s.state_max = 16u << 10;
  s.control_max = 4u << 10;
  s.segment_max = 1u << 10;
  s.ack_bytes = 4u << 10;
  world_.setting.padding = 200 + static_cast<std::size_t>(world_.random.below(600));
  world_.setting.send_buffer = 4u << 10;
}

void promise_run::slow_down() {
  events_.set_label(others_well);
  if (!go(6s))
    return;
  const auto hosts = some_hosts(nodes_ - 2);
  std::vector<host_id> stopped;
  presence_.set_following(false);
  presence_.set_strict(false);
  events_.leave_out({hosts.begin(), hosts.end()});
  events_.set_label(others_slow);
  for (const auto host : hosts) {
    const auto kind = world_.random.below(3);
    const std::size_t speed = kind == 0 ? 1000 : 20'000;
    world_.trace(name_of(host), kind == 2 ? " is stopped" : " is slow");
    if (kind == 2) {
      world_.pause(host);
      stopped.push_back(host);
      continue;
    }
    for (host_id other = 0; other < nodes_; ++other)
      if (other != host)
        world_.network.limit(other, host, speed);
  }
  oracle_.disturbed();
  const auto end = world_.clock.now() + world_.random.between(3s, 15s);
  while (world_.clock.now() < end && go(500ms))
    oracle_.disturbed();
  for (const auto host : stopped)
    world_.resume(host);
  for (const auto host : hosts)
    for (host_id other = 0; other < nodes_; ++other)
      world_.network.limit(other, host, 0);
  oracle_.disturbed();
  // What was written before still takes its time.
  while (go(500ms) && !oracle_.calm_for(5s)) {
  }
  events_.leave_out({});
  presence_.set_following(true);
  presence_.set_strict(true);
  const auto well = figures_.percentile(others_well, 0.99);
  check_figure(others_slow, 0.99, 2 * well);
}

void promise_run::check_memory() {
  const auto& s = world_.setting.session;
  for (auto* node : oracle_.running()) {
    std::size_t total = 0;
    for (const auto& peer : node->core().peers()) {
      total += peer.queue_bytes;
      most_for_peer_ = std::max(most_for_peer_, peer.queue_bytes);
      if (peer.queue_bytes > s.hard)
        oracle_.fail(*node,
                     "holds " + std::to_string(peer.queue_bytes) + " bytes for " + peer.name);
    }
    most_for_node_ = std::max(most_for_node_, total);
    if (total > s.node_total + beside)
      oracle_.fail(*node, "holds " + std::to_string(total) + " bytes for all peers");
  }
}

}  // namespace grapevine::cluster::sim
