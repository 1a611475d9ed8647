#include "membership_figures.hpp"

#include "membership_oracle.hpp"

#include <algorithm>
#include <functional>
#include <iomanip>

namespace grapevine::cluster::sim {

namespace {

using namespace std::chrono_literals;
using seconds = std::chrono::duration<double>;

constexpr seconds slack = 250ms;
constexpr std::size_t sizes[] = {2, 3, 5, 10, 30};

int runs_for(std::size_t nodes) {
  return nodes < 10 ? 60 : 10;
}

/// A cluster that has settled. Which moment of the protocol period it is depends on the seed.
class settled_cluster {
public:
  settled_cluster(std::uint64_t seed, std::size_t nodes)
      : world{seed, nodes, {200us, 5ms}, {}, nullptr}, oracle{world} {
    world.observer = {[this](sim_node&, const changed_effect& change) {
                        if (change.to == member_state::dead && !change.superseded) {
                          ++deaths;
                          last_death = world.clock.now();
                        }
                      },
                      [](sim_node&) {}};
    for (host_id host = 0; host < nodes; ++host)
      world.clock.after(world.random.between(0ms, 200ms), [this, host] { world.start(host); });
    world.clock.run_until(sim_clock::start + world.random.between(6s, 8s));
  }

  host_id any_host() {
    return static_cast<host_id>(world.random.below(world.hosts()));
  }
  host_id any_but(host_id other) {
    return (other + 1 + static_cast<host_id>(world.random.below(world.hosts() - 1)))
           % world.hosts();
  }
  void run_for(duration time) {
    world.clock.run_until(world.clock.now() + time);
  }
  /// With both directions of every path between the two halves.
  template <class Change>
  void each_path_between_halves(Change change) {
    for (host_id a = 0; a < world.hosts() / 2; ++a)
      for (host_id b = world.hosts() / 2; b < world.hosts(); ++b) {
        change(a, b);
        change(b, a);
      }
  }

  membership_world world;
  membership_oracle oracle;
  std::size_t deaths = 0;
  time_point last_death{};
};

/// From the crash until the last survivor has declared it dead; very long if one never does.
seconds time_to_dead(settled_cluster& cluster, bool power_cut) {
  const auto victim = cluster.any_host();
  const auto at = cluster.world.clock.now();
  power_cut ? cluster.world.power_off(victim) : cluster.world.kill(victim);
  cluster.run_for(15s);
  return cluster.deaths == cluster.world.hosts() - 1 ? seconds{cluster.last_death - at} : 1000s;
}

seconds time_to_heal(settled_cluster& cluster) {
  auto& network = cluster.world.network;
  cluster.each_path_between_halves([&](host_id a, host_id b) { network.block(a, b); });
  cluster.run_for(20s);
  cluster.each_path_between_halves([&](host_id a, host_id b) { network.unblock(a, b); });
  const auto healed = cluster.world.clock.now();
  while (cluster.oracle.disagreement() && cluster.world.clock.now() - healed < 1000s)
    cluster.run_for(10ms);
  return cluster.world.clock.now() - healed;
}

/// A disturbance that nobody may take for a death.
void pause_one(settled_cluster& cluster) {
  const auto host = cluster.any_host();
  cluster.world.network.pause(host);
  cluster.run_for(cluster.world.random.between(1s, 2500ms));
  cluster.world.network.resume(host);
  cluster.run_for(10s);
}

void stall_one(settled_cluster& cluster) {
  const auto from = cluster.any_host();
  cluster.world.network.stall(from, cluster.any_but(from),
                              cluster.world.random.between(500ms, 2500ms));
  cluster.run_for(12s);
}

void break_pair(settled_cluster& cluster) {
  const auto a = cluster.any_host();
  const auto b = cluster.any_but(a);
  cluster.world.network.block(a, b);
  cluster.world.network.block(b, a);
  cluster.run_for(30s);
}

void break_one_way(settled_cluster& cluster) {
  const auto from = cluster.any_host();
  cluster.world.network.block(from, cluster.any_but(from));
  cluster.run_for(30s);
}

/// Prints one line of the table; false if a figure is too high.
class figures {
public:
  figures(std::uint64_t seed, std::ostream& out) : seed_{seed}, out_{out} {
    out_ << std::left << std::setw(34) << "worst (limit), seconds" << std::right;
    for (const auto nodes : sizes)
      out_ << std::setw(13) << "n = " << std::setw(2) << nodes;
    out_ << '\n' << std::fixed << std::setprecision(2);
  }

  void times(const char* what, const double (&promised)[std::size(sizes)],
             const std::function<seconds(settled_cluster&)>& measure) {
    out_ << std::left << std::setw(34) << what << std::right;
    for (std::size_t i = 0; i < std::size(sizes); ++i) {
      seconds worst{};
      for (int run = 0; run < runs_for(sizes[i]); ++run) {
        settled_cluster cluster{next_seed(), sizes[i]};
        worst = std::max(worst, measure(cluster));
      }
      const auto limit = seconds{promised[i]} + slack;
      out_ << std::setw(8) << worst.count() << " (" << limit.count() << ")";
      good = good && worst <= limit;
    }
    out_ << '\n';
  }

  void no_deaths(const char* what, std::size_t least, std::size_t most,
                 const std::function<void(settled_cluster&)>& disturb) {
    out_ << std::left << std::setw(34) << what << std::right;
    for (const auto nodes : sizes) {
      if (nodes < least || nodes > most) {
        out_ << std::setw(15) << '-';
        continue;
      }
      std::size_t deaths = 0;
      for (int run = 0; run < runs_for(nodes); ++run) {
        settled_cluster cluster{next_seed(), nodes};
        disturb(cluster);
        deaths += cluster.deaths;
      }
      out_ << std::setw(15) << deaths;
      good = good && deaths == 0;
    }
    out_ << '\n';
  }

  bool good = true;

private:
  std::uint64_t next_seed() {
    return mix(seed_++);
  }

  std::uint64_t seed_;
  std::ostream& out_;
};

}  // namespace

bool check_membership_figures(std::uint64_t seed, std::ostream& out) {
  figures table{seed * 1'000'000, out};
  table.times("killed, dead everywhere after", {2.05, 2.05, 2.04, 2.02, 2.97},
              [](auto& cluster) { return time_to_dead(cluster, false); });
  table.times("power cut, dead everywhere after", {3.00, 2.97, 2.78, 2.77, 3.71},
              [](auto& cluster) { return time_to_dead(cluster, true); });
  table.times("partition of 20 s, whole after", {2.6, 2.5, 2.7, 2.65, 2.85}, time_to_heal);
  table.no_deaths("dead by a pause of 1-2.5 s", 2, 10, pause_one);
  table.no_deaths("dead by a stall of 0.5-2.5 s", 3, 10, stall_one);
  table.no_deaths("dead by a broken pair for 30 s", 3, 30, break_pair);
  table.no_deaths("dead by a one-way link for 30 s", 3, 30, break_one_way);
  return table.good;
}

}  // namespace grapevine::cluster::sim
