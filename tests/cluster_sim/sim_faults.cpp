#include "sim_faults.hpp"

#include "sim_node.hpp"

#include <algorithm>
#include <iterator>

namespace grapevine::cluster::sim {

namespace {

using namespace std::chrono_literals;

std::vector<sim_path> both_ways(host_id a, host_id b) {
  return {{a, b}, {b, a}};
}

}  // namespace

std::vector<sim_path> paths_across(std::size_t hosts, std::uint64_t sides, bool by_host) {
  std::vector<sim_path> paths;
  for (host_id a = 0; a < hosts; ++a)
    for (host_id b = a + 1; b < hosts; ++b)
      if (((sides >> a) & 1) != ((sides >> b) & 1))
        std::ranges::copy(both_ways(a, b), std::back_inserter(paths));
  if (by_host)
    std::ranges::sort(paths);
  return paths;
}

void set_blocked(sim_network& network, const std::vector<sim_path>& paths, bool blocked) {
  for (const auto& [from, to] : paths)
    blocked ? network.block(from, to) : network.unblock(from, to);
}

sim_faults::sim_faults(sim_clock& clock, random_source& random, sim_network& network,
                       const sim_trace& trace, std::size_t hosts, time_point heal_at,
                       const fault_style& style)
    : clock_{clock}, random_{random}, network_{network}, trace_{trace}, hosts_{hosts},
      heal_at_{heal_at}, style_{style} {}

void sim_faults::run() {
  if (clock_.now() >= heal_at_)
    return;
  strike();
  const auto rest = random_.chance(style_.short_rests_percent) ? random_.between(0ms, 3s)
                                                               : random_.between(3s, 14s);
  clock_.after(rest, [this] { run(); });
}

// -- what faults are made of

host_id sim_faults::any_host() {
  return static_cast<host_id>(random_.below(hosts_));
}

sim_path sim_faults::any_pair() {
  const auto a = any_host();
  return {a, (a + 1 + static_cast<host_id>(random_.below(hosts_ - 1))) % hosts_};
}

void sim_faults::in_time(time_point at, std::function<void()> what) {
  clock_.schedule(std::min(at, heal_at_), std::move(what));
}

void sim_faults::begin(duration shortest, duration longest, std::string end,
                       std::function<void()> undo) {
  disturbed();
  in_time(clock_.now() + random_.between(shortest, longest),
          [this, end = std::move(end), undo = std::move(undo)] {
            if (!style_.names_ends)
              trace_("that heals");
            else if (!end.empty())
              trace_(end);
            undo();
            disturbed();
          });
}

void sim_faults::restart_later(host_id host) {
  if (random_.chance(20))
    return;
  const auto later = random_.chance(40) ? random_.between(0ms, 200ms) : random_.between(0s, 20s);
  in_time(clock_.now() + later, [this, host] { start(host); });
}

void sim_faults::block(std::vector<sim_path> paths, duration shortest, duration longest,
                       std::string end) {
  set_blocked(network_, paths, true);
  begin(shortest, longest, std::move(end),
        [this, paths = std::move(paths)] { set_blocked(network_, paths, false); });
}

// -- connections

void sim_faults::cut(const sim_path& pair) {
  trace_("cut ", name_of(pair.first), " - ", name_of(pair.second));
  network_.cut(pair.first, pair.second);
  disturbed();
}

void sim_faults::cut() {
  cut(any_pair());
}

void sim_faults::cut_repeatedly() {
  const auto pair = any_pair();
  const auto every = random_.between(20ms, 1s);
  for (int i = 0; i < 10; ++i)
    in_time(clock_.now() + i * every, [this, pair] { cut(pair); });
}

void sim_faults::stall() {
  const auto path = any_pair();
  const auto time = std::min(random_.between(100ms, 10s), heal_at_ - clock_.now());
  trace_("stall ", name_of(path.first), " > ", name_of(path.second));
  network_.stall(path.first, path.second, time);
  begin(time, time, {}, [] {});
  stalled(path, time);
}

void sim_faults::break_pair() {
  const auto [a, b] = any_pair();
  const auto pair = name_of(a) + " - " + name_of(b);
  trace_("broken ", pair);
  block(both_ways(a, b), 100ms, 30s, "healed " + pair);
}

void sim_faults::break_one_way() {
  const auto path = any_pair();
  const auto way = name_of(path.first) + " > " + name_of(path.second);
  trace_("broken ", way);
  block({path}, 100ms, 30s, "healed " + way);
}

void sim_faults::refuse_dials() {
  const auto [a, b] = any_pair();
  const auto pair = name_of(a) + " - " + name_of(b);
  trace_("no new connections ", pair);
  network_.begin_dial_fault(a, b, random_.chance(50) ? dial_fault::refused : dial_fault::hanging);
  begin(100ms, 20s, "new connections " + pair,
        [this, x = a, y = b] { network_.end_dial_fault(x, y); });
}

// -- partitions

void sim_faults::partition() {
  auto paths = paths_across(hosts_, random_.next(), style_.splits_by_host);
  if (style_.names_ends)
    trace_("partition of ", paths.size() / 2, " pairs");
  else
    trace_("partition");
  block(std::move(paths), 500ms, 25s, "partition heals");
}

void sim_faults::isolate_partly() {
  std::vector<sim_path> paths;
  const auto a = any_host();
  for (host_id b = 0; b < hosts_; ++b)
    if (b != a && random_.chance(70))
      std::ranges::copy(both_ways(a, b), std::back_inserter(paths));
  trace_(name_of(a), " is cut off from ", paths.size() / 2);
  block(std::move(paths), 500ms, 25s, "that heals");
}

}  // namespace grapevine::cluster::sim
