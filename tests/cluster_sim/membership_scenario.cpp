#include "membership_scenario.hpp"

#include <algorithm>
#include <utility>

namespace grapevine::cluster::sim {

namespace {

using namespace std::chrono_literals;

constexpr duration healed_before_end = 10s;
constexpr duration check_interval = 100ms;

/// What goes wrong in a run. One kind alone shows the times promised for it; `everything` shows
/// what happens together.
enum class profile : std::uint8_t { everything, crashes, pauses, partitions, connections };

class membership_scenario {
public:
  explicit membership_scenario(const scenario_options& options)
      : options_{options}, nodes_{options.nodes != 0 ? options.nodes : 3 + options.seed % 7},
        world_{options.seed, nodes_, {}, {}, options.trace}, oracle_{world_},
        heal_at_{sim_clock::start + options.until - healed_before_end} {}

  scenario_result run();

private:
  using operation = void (membership_scenario::*)();

  void next_operation();
  operation choose();
  void check();
  void begin(duration longest, duration shortest, std::function<void()> undo);
  void start(host_id);
  void restart_later(host_id);

  void crash();
  void crash_several();
  void pause();
  void leave();
  void cut();
  void cut_repeatedly();
  void stall();
  void break_pair();
  void break_one_way();
  void refuse_dials();
  void partition();
  void isolate_partly();
  void block_both(host_id, host_id);
  void unblock_both(host_id, host_id);

  host_id any_host() {
    return static_cast<host_id>(world_.random.below(nodes_));
  }
  std::pair<host_id, host_id> any_pair();

  scenario_options options_;
  std::size_t nodes_;
  membership_world world_;
  membership_oracle oracle_;
  time_point heal_at_;
  profile profile_{};
};

scenario_result membership_scenario::run() {
  profile_ = static_cast<profile>(world_.random.below(5));
  world_.observer = {
      [this](sim_node& by, const changed_effect& what) { oracle_.changed(by, what); },
      [this](sim_node& node) {
        oracle_.left(node);
        oracle_.disturbed();
      }};
  for (host_id host = 0; host < nodes_; ++host)
    world_.clock.after(world_.random.between(0ms, 1s), [this, host] { start(host); });
  world_.clock.after(2s, [this] { next_operation(); });
  world_.clock.after(check_interval, [this] { check(); });
  world_.clock.run_until(sim_clock::start + options_.until);
  return {nodes_, oracle_.failure(), world_.clock.elapsed(), oracle_.converged_checks()};
}

void membership_scenario::check() {
  oracle_.check();
  world_.clock.after(check_interval, [this] { check(); });
}

void membership_scenario::start(host_id host) {
  if (world_.at(host))
    return;
  world_.start(host);
  oracle_.disturbed();
}

/// Rests between operations are short, so that faults overlap, or long enough to see it converge.
void membership_scenario::next_operation() {
  if (world_.clock.now() >= heal_at_)
    return;
  (this->*choose())();
  const auto rest =
      world_.random.chance(60) ? world_.random.between(0ms, 3s) : world_.random.between(3s, 14s);
  world_.clock.after(rest, [this] { next_operation(); });
}

membership_scenario::operation membership_scenario::choose() {
  using self = membership_scenario;
  static const std::vector<operation> kinds[] = {
      {&self::crash, &self::crash_several, &self::pause, &self::leave, &self::cut,
       &self::cut_repeatedly, &self::stall, &self::break_pair, &self::break_one_way,
       &self::refuse_dials, &self::partition, &self::isolate_partly},
      {&self::crash, &self::crash, &self::crash_several, &self::leave},
      {&self::pause},
      {&self::partition, &self::isolate_partly, &self::break_pair},
      {&self::cut, &self::cut_repeatedly, &self::stall, &self::break_pair, &self::break_one_way,
       &self::refuse_dials}};
  const auto& possible = kinds[static_cast<std::size_t>(profile_)];
  return possible[world_.random.below(possible.size())];
}

std::pair<host_id, host_id> membership_scenario::any_pair() {
  const auto a = any_host();
  const auto b = (a + 1 + static_cast<host_id>(world_.random.below(nodes_ - 1))) % nodes_;
  return {a, b};
}

/// Undoes a fault after a random time, but not after everything has to be healed.
void membership_scenario::begin(duration shortest, duration longest, std::function<void()> undo) {
  oracle_.disturbed();
  const auto until = world_.clock.now() + world_.random.between(shortest, longest);
  world_.clock.schedule(std::min(until, heal_at_), [this, undo = std::move(undo)] {
    undo();
    oracle_.disturbed();
  });
}

// -- processes

void membership_scenario::restart_later(host_id host) {
  if (world_.random.chance(20))
    return;
  const auto later =
      world_.random.chance(40) ? world_.random.between(0ms, 200ms) : world_.random.between(0s, 20s);
  world_.clock.schedule(std::min(world_.clock.now() + later, heal_at_),
                        [this, host] { start(host); });
}

void membership_scenario::crash() {
  const auto host = any_host();
  if (!world_.at(host))
    return restart_later(host);
  world_.random.chance(50) ? world_.kill(host) : world_.power_off(host);
  oracle_.disturbed();
  restart_later(host);
}

/// P4 allows a second more for several at once.
void membership_scenario::crash_several() {
  const auto count = 1 + world_.random.below(nodes_ - 1);
  for (std::uint64_t i = 0; i < count; ++i)
    crash();
  oracle_.disturbed(6s);
}

void membership_scenario::pause() {
  const auto host = any_host();
  auto* node = world_.at(host);
  if (!node || world_.network.paused(host))
    return;
  world_.trace(name_of(host), " is paused");
  world_.network.pause(host);
  oracle_.disturbed();
  const auto until = world_.clock.now() + world_.random.between(100ms, 30s);
  world_.clock.schedule(std::min(until, heal_at_), [this, host, node, before = world_.turnover()] {
    if (world_.at(host) != node)
      return;
    world_.trace(name_of(host), " goes on");
    const bool only_it = before == world_.turnover() && oracle_.calm_for(5s, host);
    world_.network.resume(host);
    only_it ? oracle_.disturbed(3s) : oracle_.disturbed();  // P8
  });
}

void membership_scenario::leave() {
  const auto host = any_host();
  auto* node = world_.at(host);
  if (!node || world_.network.paused(host))
    return;
  world_.trace(name_of(host), " leaves");
  node->leave();
  oracle_.disturbed();
  world_.clock.after(1200ms, [this, host] { restart_later(host); });
}

// -- connections

void membership_scenario::cut() {
  const auto [a, b] = any_pair();
  world_.trace("cut ", name_of(a), " - ", name_of(b));
  world_.network.cut(a, b);
  oracle_.disturbed();
}

void membership_scenario::cut_repeatedly() {
  const auto [a, b] = any_pair();
  const auto every = world_.random.between(20ms, 1s);
  for (int i = 0; i < 10; ++i)
    world_.clock.schedule(std::min(world_.clock.now() + i * every, heal_at_), [this, x = a, y = b] {
      world_.trace("cut ", name_of(x), " - ", name_of(y));
      world_.network.cut(x, y);
      oracle_.disturbed();
    });
}

/// Sessions notice outstanding bytes after two seconds.
void membership_scenario::stall() {
  const auto [from, to] = any_pair();
  const auto time = std::min(world_.random.between(100ms, 10s), heal_at_ - world_.clock.now());
  world_.trace("stall ", name_of(from), " > ", name_of(to));
  world_.network.stall(from, to, time);
  begin(time, time, [] {});
  const auto* sender = world_.at(from);
  const auto* receiver = world_.at(to);
  if (time > 2s && sender && receiver)
    world_.clock.after(2s, [this, sender, receiver, host = from] {
      auto* node = world_.at(host);
      if (node == sender && !world_.network.paused(host))
        node->stalled(receiver->epoch());
    });
}

void membership_scenario::block_both(host_id a, host_id b) {
  world_.network.block(a, b);
  world_.network.block(b, a);
}

void membership_scenario::unblock_both(host_id a, host_id b) {
  world_.network.unblock(a, b);
  world_.network.unblock(b, a);
}

void membership_scenario::break_pair() {
  const auto [a, b] = any_pair();
  world_.trace("broken ", name_of(a), " - ", name_of(b));
  block_both(a, b);
  begin(100ms, 30s, [this, x = a, y = b] {
    world_.trace("healed ", name_of(x), " - ", name_of(y));
    unblock_both(x, y);
  });
}

void membership_scenario::break_one_way() {
  const auto [from, to] = any_pair();
  world_.trace("broken ", name_of(from), " > ", name_of(to));
  world_.network.block(from, to);
  begin(100ms, 30s, [this, x = from, y = to] {
    world_.trace("healed ", name_of(x), " > ", name_of(y));
    world_.network.unblock(x, y);
  });
}

void membership_scenario::refuse_dials() {
  const auto [a, b] = any_pair();
  const auto fault = world_.random.chance(50) ? dial_fault::refused : dial_fault::hanging;
  world_.trace("no new connections ", name_of(a), " - ", name_of(b));
  world_.network.begin_dial_fault(a, b, fault);
  begin(100ms, 20s, [this, x = a, y = b] {
    world_.trace("new connections ", name_of(x), " - ", name_of(y));
    world_.network.end_dial_fault(x, y);
  });
}

// -- partitions

void membership_scenario::partition() {
  std::vector<std::pair<host_id, host_id>> broken;
  const auto sides = world_.random.next();
  for (host_id a = 0; a < nodes_; ++a)
    for (host_id b = a + 1; b < nodes_; ++b)
      if (((sides >> a) & 1) != ((sides >> b) & 1)) {
        block_both(a, b);
        broken.emplace_back(a, b);
      }
  world_.trace("partition of ", broken.size(), " pairs");
  begin(500ms, 25s, [this, broken] {
    world_.trace("partition heals");
    for (const auto& [a, b] : broken)
      unblock_both(a, b);
  });
}

void membership_scenario::isolate_partly() {
  std::vector<std::pair<host_id, host_id>> broken;
  const auto a = any_host();
  for (host_id b = 0; b < nodes_; ++b)
    if (b != a && world_.random.chance(70)) {
      block_both(a, b);
      broken.emplace_back(a, b);
    }
  world_.trace(name_of(a), " is cut off from ", broken.size());
  begin(500ms, 25s, [this, broken] {
    world_.trace("that heals");
    for (const auto& [x, y] : broken)
      unblock_both(x, y);
  });
}

}  // namespace

scenario_result run_membership(const scenario_options& options) {
  return membership_scenario{options}.run();
}

}  // namespace grapevine::cluster::sim
