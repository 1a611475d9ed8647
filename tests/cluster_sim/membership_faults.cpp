#include "membership_faults.hpp"

#include <vector>

namespace grapevine::cluster::sim {

namespace {

using namespace std::chrono_literals;

}  // namespace

membership_faults::membership_faults(membership_world& world, membership_oracle& oracle,
                                     membership_profile profile, time_point heal_at)
    : sim_faults{world.clock, world.random, world.network, world.trace, world.hosts(), heal_at, {}},
      world_{world}, oracle_{oracle}, profile_{profile} {}

void membership_faults::strike() {
  using self = membership_faults;
  using fault = void (self::*)();
  static const std::vector<fault> kinds[] = {
      {&self::crash, &self::crash_several, &self::pause, &self::leave, &self::cut,
       &self::cut_repeatedly, &self::stall, &self::break_pair, &self::break_one_way,
       &self::refuse_dials, &self::partition, &self::isolate_partly},
      {&self::crash, &self::crash, &self::crash_several, &self::leave},
      {&self::pause},
      {&self::partition, &self::isolate_partly, &self::break_pair},
      {&self::cut, &self::cut_repeatedly, &self::stall, &self::break_pair, &self::break_one_way,
       &self::refuse_dials}};
  const auto& possible = kinds[static_cast<std::size_t>(profile_)];
  (this->*possible[world_.random.below(possible.size())])();
}

void membership_faults::disturbed() {
  oracle_.disturbed();
}

void membership_faults::start(host_id host) {
  if (world_.at(host))
    return;
  world_.start(host);
  oracle_.disturbed();
}

void membership_faults::crash() {
  const auto host = any_host();
  if (!world_.at(host))
    return restart_later(host);
  world_.random.chance(50) ? world_.kill(host) : world_.power_off(host);
  oracle_.disturbed();
  restart_later(host);
}

/// P4 allows a second more for several at once.
void membership_faults::crash_several() {
  const auto count = 1 + world_.random.below(world_.hosts() - 1);
  for (std::uint64_t i = 0; i < count; ++i)
    crash();
  oracle_.disturbed(6s);
}

void membership_faults::pause() {
  const auto host = any_host();
  auto* node = world_.at(host);
  if (!node || world_.network.paused(host))
    return;
  world_.trace(name_of(host), " is paused");
  world_.network.pause(host);
  oracle_.disturbed();
  const auto until = world_.clock.now() + world_.random.between(100ms, 30s);
  in_time(until, [this, host, node, before = world_.turnover()] {
    if (world_.at(host) != node)
      return;
    world_.trace(name_of(host), " goes on");
    const bool only_it = before == world_.turnover() && oracle_.calm_for(5s, host);
    world_.network.resume(host);
    only_it ? oracle_.disturbed(3s) : oracle_.disturbed();  // P8
  });
}

void membership_faults::leave() {
  const auto host = any_host();
  auto* node = world_.at(host);
  if (!node || world_.network.paused(host))
    return;
  world_.trace(name_of(host), " leaves");
  node->leave();
  oracle_.disturbed();
  world_.clock.after(1200ms, [this, host] { restart_later(host); });
}

/// Sessions notice outstanding bytes after two seconds.
void membership_faults::stalled(const sim_path& path, duration time) {
  const auto* sender = world_.at(path.first);
  const auto* receiver = world_.at(path.second);
  if (time > 2s && sender && receiver)
    world_.clock.after(2s, [this, sender, receiver, host = path.first] {
      auto* node = world_.at(host);
      if (node == sender && !world_.network.paused(host))
        node->stalled(receiver->epoch());
    });
}

}  // namespace grapevine::cluster::sim
