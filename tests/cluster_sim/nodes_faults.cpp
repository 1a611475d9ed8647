#include "nodes_faults.hpp"

#include "sim_node.hpp"

#include <vector>

namespace grapevine::cluster::sim {

namespace {

using namespace std::chrono_literals;

}  // namespace

nodes_faults::nodes_faults(nodes_world& world, nodes_oracle& oracle, nodes_load& load,
                           nodes_profile profile, time_point heal_at)
    : sim_faults{world.clock,
                 world.random,
                 world.network,
                 world.trace,
                 world.hosts(),
                 heal_at,
                 {.short_rests_percent = 55, .names_ends = false, .splits_by_host = true}},
      world_{world}, oracle_{oracle}, load_{load}, profile_{profile} {}

void nodes_faults::strike() {
  using self = nodes_faults;
  using fault = void (self::*)();
  static const std::vector<fault> kinds[] = {
      {&self::crash, &self::crash, &self::pause, &self::leave, &self::cut, &self::cut_repeatedly,
       &self::stall, &self::break_pair, &self::break_one_way, &self::refuse_dials, &self::partition,
       &self::isolate_partly},
      {&self::crash, &self::crash, &self::leave},
      {&self::leave},
      {&self::pause},
      {&self::partition, &self::isolate_partly, &self::break_pair},
      {&self::cut, &self::cut_repeatedly, &self::stall, &self::break_pair, &self::break_one_way,
       &self::refuse_dials},
      {&self::cut, &self::stall}};
  const auto& possible = kinds[static_cast<std::size_t>(profile_)];
  (this->*possible[world_.random.below(possible.size())])();
}

void nodes_faults::disturbed() {
  oracle_.disturbed();
}

void nodes_faults::start(host_id host) {
  if (world_.at(host))
    return;
  world_.start(host, oracle_);
  oracle_.disturbed();
}

void nodes_faults::crash() {
  const auto host = any_host();
  if (auto* node = world_.at(host)) {
    world_.random.chance(60) ? world_.kill(host) : world_.power_off(host);
    oracle_.ended(*node);
  }
  restart_later(host);
}

void nodes_faults::pause() {
  const auto host = any_host();
  auto* node = world_.at(host);
  if (!node || world_.network.paused(host))
    return;
  world_.pause(host);
  oracle_.disturbed();
  const auto until = world_.clock.now() + world_.random.between(100ms, 30s);
  in_time(until, [this, host, node] {
    if (world_.at(host) != node)
      return;
    world_.resume(host);
    oracle_.disturbed();
  });
}

void nodes_faults::leave() {
  const auto host = any_host();
  auto* node = world_.at(host);
  if (!node)
    return restart_later(host);
  if (world_.network.paused(host) || node->leaving())
    return;
  world_.trace(name_of(host), " begins to leave");
  const auto time = world_.random.between(0ms, 2s);
  node->begin_leaving();
  load_.drain(host, time);
  const auto then = [this, host, node] {
    if (world_.at(host) != node || world_.network.paused(host))
      return;
    world_.trace(name_of(host), " leaves");
    node->leave();
    world_.clock.after(2500ms, [this, host] { restart_later(host); });
  };
  in_time(world_.clock.now() + time + 5ms, then);
}

}  // namespace grapevine::cluster::sim
