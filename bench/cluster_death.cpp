// How long a killed node is taken for alive: from the end of its process until GET /members of
// every survivor calls it dead.

#include "bench/cluster_measurements.hpp"
#include "bench/node_group.hpp"

#include <thread>

namespace grapevine::bench {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

namespace {

constexpr auto poll_interval = 5ms;
constexpr auto patience = 15s;
constexpr double promised_seconds = 5;

/// Seconds until all say so; negative when they do not within `patience`.
double time_to_agree(node_group& nodes, std::size_t victim) {
  const auto start = clock::now();
  nodes.kill(victim);
  for (std::size_t node = 0; node < nodes.size(); ++node) {
    while (node != victim && nodes.state_of(victim, node) != "dead") {
      if (clock::now() - start > patience)
        return -1;
      std::this_thread::sleep_for(poll_interval);
    }
  }
  return std::chrono::duration<double>(clock::now() - start).count();
}

bool measure(const cluster_options& options, std::size_t size, clock::time_point deadline,
             measurement& out, std::string& why) {
  const auto nodes =
      node_group::start({.server = options.server, .nodes = size, .shards = options.shards}, why);
  if (!nodes)
    return false;
  std::vector<double> seconds;
  for (unsigned run = 0; run < options.deaths && clock::now() < deadline; ++run) {
    const auto victim = run % size;
    seconds.push_back(time_to_agree(*nodes, victim));
    if (seconds.back() < 0) {
      why = "a killed node is not called dead by all";
      return false;
    }
    if (!nodes->restart(victim, why) || !nodes->wait_until_agreed(15s, why))
      return false;
  }
  const auto prefix = std::to_string(size) + " nodes: ";
  out.add(prefix + "runs", static_cast<double>(seconds.size()), "");
  out.add(prefix + "all survivors agree, p50", percentile(seconds, 0.5), "s");
  out.add(prefix + "all survivors agree, max", percentile(seconds, 1.0), "s", promised_seconds);
  return true;
}

}  // namespace

bool measure_death(const cluster_options& options, measurement& out, std::string& why) {
  const auto start = clock::now();
  return measure(options, 3, start + options.limit / 2, out, why)
         && measure(options, 5, start + options.limit, out, why);
}

}  // namespace grapevine::bench
