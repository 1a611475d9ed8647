#include "nodes_faults.hpp"

#include "sim_node.hpp"

#include <algorithm>
#include <vector>

namespace grapevine::cluster::sim {

namespace {

using namespace std::chrono_literals;

}  // namespace

nodes_faults::nodes_faults(nodes_world& world, nodes_oracle& oracle, nodes_load& load,
                           nodes_profile profile, time_point heal_at)
    : world_{world}, oracle_{oracle}, load_{load}, profile_{profile}, heal_at_{heal_at} {}

/// Rests between faults are short, so that they overlap, or long enough to see it converge.
void nodes_faults::run() {
  if (world_.clock.now() >= heal_at_ || profile_ == nodes_profile::calm)
    return;
  (this->*choose())();
  const auto rest =
      world_.random.chance(55) ? world_.random.between(0ms, 3s) : world_.random.between(3s, 14s);
  world_.clock.after(rest, [this] { run(); });
}

nodes_faults::fault nodes_faults::choose() {
  using self = nodes_faults;
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
  return possible[world_.random.below(possible.size())];
}

host_id nodes_faults::any_host() {
  return static_cast<host_id>(world_.random.below(world_.hosts()));
}

std::pair<host_id, host_id> nodes_faults::any_pair() {
  const auto a = any_host();
  return {a,
          (a + 1 + static_cast<host_id>(world_.random.below(world_.hosts() - 1))) % world_.hosts()};
}

/// Undoes a fault after a random time, but not after everything has to be healed.
void nodes_faults::begin(duration shortest, duration longest, std::function<void()> undo) {
  oracle_.disturbed();
  const auto until = world_.clock.now() + world_.random.between(shortest, longest);
  world_.clock.schedule(std::min(until, heal_at_), [this, undo = std::move(undo)] {
    world_.trace("that heals");
    undo();
    oracle_.disturbed();
  });
}

// -- processes

void nodes_faults::start(host_id host) {
  if (world_.at(host))
    return;
  world_.start(host, oracle_);
  oracle_.disturbed();
}

void nodes_faults::restart_later(host_id host) {
  if (world_.random.chance(20))
    return;
  const auto later =
      world_.random.chance(40) ? world_.random.between(0ms, 200ms) : world_.random.between(0s, 20s);
  world_.clock.schedule(std::min(world_.clock.now() + later, heal_at_),
                        [this, host] { start(host); });
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
  world_.clock.schedule(std::min(until, heal_at_), [this, host, node] {
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
  world_.clock.schedule(std::min(world_.clock.now() + time + 5ms, heal_at_), then);
}

// -- connections

void nodes_faults::cut() {
  const auto [a, b] = any_pair();
  world_.trace("cut ", name_of(a), " - ", name_of(b));
  world_.network.cut(a, b);
  oracle_.disturbed();
}

void nodes_faults::cut_repeatedly() {
  const auto [a, b] = any_pair();
  const auto every = world_.random.between(20ms, 1s);
  for (int i = 0; i < 10; ++i)
    world_.clock.schedule(std::min(world_.clock.now() + i * every, heal_at_), [this, x = a, y = b] {
      world_.trace("cut ", name_of(x), " - ", name_of(y));
      world_.network.cut(x, y);
      oracle_.disturbed();
    });
}

void nodes_faults::stall() {
  const auto [from, to] = any_pair();
  const auto time = std::min(world_.random.between(100ms, 10s), heal_at_ - world_.clock.now());
  world_.trace("stall ", name_of(from), " > ", name_of(to));
  world_.network.stall(from, to, time);
  begin(time, time, [] {});
}

void nodes_faults::set_blocked(host_id from, host_id to, bool blocked) {
  blocked ? world_.network.block(from, to) : world_.network.unblock(from, to);
}

void nodes_faults::break_pair() {
  const auto [a, b] = any_pair();
  world_.trace("broken ", name_of(a), " - ", name_of(b));
  const auto set = [this, x = a, y = b](bool blocked) {
    set_blocked(x, y, blocked);
    set_blocked(y, x, blocked);
  };
  set(true);
  begin(100ms, 30s, [set] { set(false); });
}

void nodes_faults::break_one_way() {
  const auto [from, to] = any_pair();
  world_.trace("broken ", name_of(from), " > ", name_of(to));
  set_blocked(from, to, true);
  begin(100ms, 30s, [this, x = from, y = to] { set_blocked(x, y, false); });
}

void nodes_faults::refuse_dials() {
  const auto [a, b] = any_pair();
  world_.trace("no new connections ", name_of(a), " - ", name_of(b));
  world_.network.begin_dial_fault(
      a, b, world_.random.chance(50) ? dial_fault::refused : dial_fault::hanging);
  begin(100ms, 20s, [this, x = a, y = b] { world_.network.end_dial_fault(x, y); });
}

// -- partitions

void nodes_faults::partition() {
  const auto sides = world_.random.next();
  const auto set = [this, sides](bool blocked) {
    for (host_id a = 0; a < world_.hosts(); ++a)
      for (host_id b = 0; b < world_.hosts(); ++b)
        if (((sides >> a) & 1) != ((sides >> b) & 1))
          set_blocked(a, b, blocked);
  };
  world_.trace("partition");
  set(true);
  begin(500ms, 25s, [set] { set(false); });
}

void nodes_faults::isolate_partly() {
  const auto a = any_host();
  std::vector<host_id> others;
  for (host_id b = 0; b < world_.hosts(); ++b)
    if (b != a && world_.random.chance(70))
      others.push_back(b);
  world_.trace(name_of(a), " is cut off from ", others.size());
  const auto set = [this, a, others](bool blocked) {
    for (const auto b : others) {
      set_blocked(a, b, blocked);
      set_blocked(b, a, blocked);
    }
  };
  set(true);
  begin(500ms, 25s, [set] { set(false); });
}

}  // namespace grapevine::cluster::sim
