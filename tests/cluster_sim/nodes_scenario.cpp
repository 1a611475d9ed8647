#include "nodes_scenario.hpp"

#include "event_ledger.hpp"
#include "nodes_faults.hpp"

namespace grapevine::cluster::sim {

namespace {

using namespace std::chrono_literals;

constexpr duration healed_before_end = 10s;
constexpr duration check_interval = 100ms;

void check_for_ever(nodes_world& world, nodes_oracle& oracle) {
  oracle.check();
  world.clock.after(check_interval, [&] { check_for_ever(world, oracle); });
}

/// So small that a stalled peer overflows its queue.
peer_session_settings small_bounds() {
  peer_session_settings s;
  s.window = 2u << 10;
  s.soft = 4u << 10;
  s.hard = 8u << 10;
  s.state_max = 6u << 10;
  s.segment_max = 1u << 10;
  return s;
}

}  // namespace

scenario_result run_nodes(const scenario_options& options, bool spoils) {
  const auto count = options.nodes != 0 ? options.nodes : 3 + options.seed % 7;
  nodes_world world{options.seed, count, options.trace};
  const auto profile =
      spoils ? nodes_profile::calm : static_cast<nodes_profile>(world.random.below(8));
  world.setting.spoils_frames = spoils;
  if (profile == nodes_profile::slow) {
    world.setting.session = small_bounds();
    world.setting.credit_late_percent = static_cast<unsigned>(world.random.below(30));
  }
  nodes_oracle oracle{world};
  event_ledger ledger{world, oracle};
  oracle.attach(ledger);
  nodes_load load{world, oracle, world.random.between(10ms, 120ms), 10 + world.random.below(80)};
  nodes_faults faults{world, oracle, load, profile,
                      sim_clock::start + options.until - healed_before_end};
  for (host_id host = 0; host < count; ++host)
    world.clock.after(world.random.between(0ms, 1s), [&, host] { faults.start(host); });
  world.clock.after(1500ms, [&] { load.run(); });
  if (profile != nodes_profile::calm)
    world.clock.after(2s, [&] { faults.run(); });
  check_for_ever(world, oracle);
  world.clock.run_until(sim_clock::start + options.until);
  if (!oracle.failure())
    oracle.check_end();
  const auto& n = oracle.counts();
  world.trace("published ", n.published, " expected ", n.expected, " missing ", n.missing,
              " returns ", n.returns, " cached ", n.cached, " repairs ", n.repairs, " left out ",
              ledger.left_out());
  return {count, oracle.failure(), world.clock.elapsed(), oracle.converged_checks()};
}

}  // namespace grapevine::cluster::sim
