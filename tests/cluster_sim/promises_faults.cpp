// The episodes of `promise_run`: one fault each, and what may be seen of it for how long.

#include "promise_run.hpp"
#include "sim_node.hpp"

#include <algorithm>

namespace grapevine::cluster::sim {

namespace {

using namespace std::chrono_literals;

/// What a promise of the real program cannot count: the network there and back.
constexpr duration network = 2ms;
/// So long after a fault everything is as it was, and the next one is on its own.
constexpr duration recovery = 6s;

}  // namespace

void promise_run::nothing() {
  go(1s);
}

std::vector<host_id> promise_run::some_hosts(std::size_t most) {
  std::vector<host_id> hosts;
  for (auto n = 1 + world_.random.below(most); n > 0; --n) {
    const auto host = any_node().host();
    if (std::ranges::find(hosts, host) == hosts.end())
      hosts.push_back(host);
  }
  return hosts;
}

/// P4. Two at least live on.
void promise_run::end_some() {
  const bool at_once = nodes_ >= 5 && world_.random.chance(40);
  const auto hosts = some_hosts(at_once ? nodes_ - 3 : 1);
  const bool cut = world_.random.chance(50);
  presence_times::limits limits = presence_.now();
  const auto usual = limits;
  limits.lost = hosts.size() > 1 ? presence_times::limit{"member of several lost nodes, gone", 6s}
                : cut            ? presence_times::limit{"member of a node without power, gone", 5s}
                                 : presence_times::limit{"member of a killed node, gone", 5s};
  // Who was on a lost node as well is held by it.
  limits.left = {"user who left while a node was lost", limits.lost.most};
  presence_.set_following(false);
  presence_.set_following(true);
  presence_.set_limits(limits);
  for (const auto host : hosts) {
    auto* node = world_.at(host);
    cut ? world_.power_off(host) : world_.kill(host);
    oracle_.ended(*node);
  }
  go(7s);
  presence_.set_limits(usual);
  for (const auto host : hosts)
    faults_.start(host);
  go(recovery);
}

/// P5.
void promise_run::split() {
  const auto sides = 1 + world_.random.below((std::uint64_t{1} << (nodes_ - 1)) - 1);
  const auto paths = paths_across(nodes_, sides, true);
  world_.trace("partition ", sides);
  presence_.set_following(false);
  presence_.set_strict(false);
  set_blocked(world_.network, paths, true);
  oracle_.disturbed();
  go(world_.random.chance(30) ? world_.random.between(500ms, 3s) : world_.random.between(3s, 12s));
  set_blocked(world_.network, paths, false);
  oracle_.disturbed();
  world_.trace("that heals");
  load_.hold();
  if (!until("rosters equal after a partition", 5s, [&] {
        const auto apart = parted();
        return apart ? apart : misinformed(0s, 0s);
      }))
    return;
  load_.go_on();
  presence_.set_following(true);
  presence_.set_strict(true);
  go(recovery);
}

/// P6.
void promise_run::leave() {
  auto& leaver = any_node();
  if (oracle_.running().size() < 2)
    return void(go(recovery));
  const auto host = leaver.host();
  const auto time = world_.random.between(0ms, 2s);
  // Who is sent away is expected back, though he leaves another node of his own accord meanwhile.
  const auto usual = presence_.now();
  auto limits = usual;
  limits.left = {"user who left while a node left", 3s + network + 20ms, 250ms};
  presence_.set_limits(limits);
  world_.trace(name_of(host), " begins to leave");
  leaver.begin_leaving();
  load_.drain(host, time);
  if (!go(time + 1ms))
    return;
  const auto epoch = leaver.epoch();
  leaver.leave();
  const bool in_time = until("node unknown after its last client left", 100ms + network, [&] {
    for (auto* node : oracle_.running()) {
      const auto* m = node->core().members().members().find(epoch);
      if (node == &leaver)
        continue;
      if (m && m->serving())
        return std::optional{name_of(node->host()) + " still knows it"};
      for (std::size_t place = 0; place < node->channels(); ++place)
        if (node->core().sends_to(epoch, node->channel(place).key))
          return std::optional{name_of(node->host()) + " still sends to it"};
    }
    return misinformed(100ms, 3s + network + 20ms);
  });
  if (!in_time || !go(4s))
    return;
  if (world_.at(host) == &leaver)
    return fail(name_of(host) + " has left and does not end");
  presence_.set_limits(usual);
  faults_.start(host);
  go(recovery);
}

/// P7. Seen at the first handshake: no state of the old run, but for members who may come back.
void promise_run::restart() {
  auto* node = &any_node();
  const auto host = node->host();
  const auto old = node->epoch();
  auto limits = presence_.now();
  const auto usual = limits;
  const auto later = world_.random.between(0ms, 1900ms);
  limits.lost = {"member of a node that was restarted, gone", 3s + 500ms};
  limits.left = {"user who left while a node was restarted", limits.lost.most};
  presence_.set_following(false);
  presence_.set_following(true);
  presence_.set_limits(limits);
  world_.random.chance(60) ? world_.kill(host) : world_.power_off(host);
  oracle_.ended(*node);
  if (!go(later))
    return;
  faults_.start(host);
  const auto fresh = world_.at(host)->epoch();
  until("restarted node known to all", 3s, [&]() -> std::optional<std::string> {
    for (auto* each : oracle_.running()) {
      const auto& table = each->core().members().members();
      const auto* m = table.find(fresh);
      if (each->epoch() == fresh)
        continue;
      if (!m)
        return name_of(each->host()) + " does not know it";
      if (const auto* o = table.find(old); o && o->serving())
        fail(name_of(each->host()) + " takes both runs of " + name_of(host) + " for alive");
      for (std::size_t place = 0; place < each->channels(); ++place)
        if (each->core().sends_to(old, each->channel(place).key))
          fail(name_of(each->host()) + " still sends to the run of " + name_of(host) + " before");
    }
    return std::nullopt;
  });
  go(recovery);
  presence_.set_limits(usual);
}

/// P8.
void promise_run::pause() {
  auto& node = any_node();
  const auto host = node.host();
  const auto epoch = node.epoch();
  presence_.set_following(false);
  presence_.set_strict(false);
  world_.pause(host);
  oracle_.disturbed();
  go(world_.random.chance(50) ? world_.random.between(100ms, 4s) : world_.random.between(4s, 30s));
  world_.resume(host);
  oracle_.disturbed();
  if (oracle_.failure()
      || !until("paused node linked with all again", 3s, [&] { return parted(); }))
    return;
  if (node.epoch() != epoch)
    return fail(name_of(host) + " has another epoch after a pause");
  go(recovery);
  presence_.set_following(true);
  presence_.set_strict(true);
}

void promise_run::set_clock() {
  const auto host = static_cast<host_id>(world_.random.below(nodes_));
  const auto step =
      std::chrono::milliseconds{static_cast<std::int64_t>(world_.random.below(2 * 3'600'000u))}
      - 1h;
  world_.step_wall(host, world_.random.chance(50) ? step : step < 0s ? -1h : 1h);
  if (auto* node = world_.at(host); node && world_.random.chance(40)) {
    world_.kill(host);
    oracle_.ended(*node);
    go(world_.random.between(0ms, 3s));
    faults_.start(host);
    until("restarted node with another clock linked with all", 5s, [&] { return parted(); });
  }
  go(world_.random.between(1s, 12s));
}

void promise_run::fault() {
  if (!std::exchange(faults_run_, true))
    faults_.run();
  go(1s);
}

}  // namespace grapevine::cluster::sim
