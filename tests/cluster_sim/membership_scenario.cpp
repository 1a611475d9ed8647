#include "membership_scenario.hpp"

#include "membership_faults.hpp"

namespace grapevine::cluster::sim {

namespace {

using namespace std::chrono_literals;

constexpr duration healed_before_end = 10s;
constexpr duration check_interval = 100ms;

void check_for_ever(membership_world& world, membership_oracle& oracle) {
  oracle.check();
  world.clock.after(check_interval, [&] { check_for_ever(world, oracle); });
}

}  // namespace

scenario_result run_membership(const scenario_options& options) {
  const auto count = options.nodes != 0 ? options.nodes : 3 + options.seed % 7;
  membership_world world{options.seed, count, {}, {}, options.trace};
  membership_oracle oracle{world};
  const auto profile = static_cast<membership_profile>(world.random.below(membership_profiles));
  membership_faults faults{world, oracle, profile,
                           sim_clock::start + options.until - healed_before_end};
  world.observer = {[&](sim_node& by, const changed_effect& what) { oracle.changed(by, what); },
                    [&](sim_node& node) {
                      oracle.left(node);
                      oracle.disturbed();
                    }};
  for (host_id host = 0; host < count; ++host)
    world.clock.after(world.random.between(0ms, 1s), [&, host] { faults.start(host); });
  world.clock.after(2s, [&] { faults.run(); });
  world.clock.after(check_interval, [&] { check_for_ever(world, oracle); });
  world.clock.run_until(sim_clock::start + options.until);
  return {count, oracle.failure(), world.clock.elapsed(), oracle.converged_checks()};
}

}  // namespace grapevine::cluster::sim
