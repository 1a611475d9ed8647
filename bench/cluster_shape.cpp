// The shape in which Sockudo publishes its figure: three nodes, 900 subscribers over 100 channels.
// The rate is raised by a fifth or so at a time, from half of their 45,000 deliveries per second,
// until deliveries are late.

#include "bench/cluster_load.hpp"
#include "bench/cluster_measurements.hpp"
#include "bench/node_group.hpp"
#include "bench/workload.hpp"

#include <cmath>
#include <utility>

namespace grapevine::bench {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t nodes_count = 3;
constexpr double first_rate = 22'500;  // deliveries per second; the fifth step is 45,000
constexpr double steps_per_doubling = 4;
constexpr double published_rate = 45'000;
constexpr double late_us = 100'000;

}  // namespace

bool measure_shape(const cluster_options& options, measurement& out, std::string& why) {
  const auto deadline = std::chrono::steady_clock::now() + options.limit;
  const auto nodes = node_group::start(
      {.server = options.server, .nodes = nodes_count, .shards = options.shards}, why);
  if (!nodes)
    return false;
  const std::vector<std::uint16_t> ports{nodes->port(0), nodes->port(1), nodes->port(2)};
  const auto channel = channel_name(0, options.shape_channels);
  subscriber_swarm swarm{{.ports = ports,
                          .connections = options.subscribers,
                          .channels = options.shape_channels,
                          .event_bytes = event_message(options.event_bytes, channel).size()}};
  if (why = swarm.open(20s); !why.empty())
    return false;
  const auto per_event = static_cast<double>(options.subscribers / options.shape_channels);
  load_result held;
  double held_rate = 0;
  bool again = false;  // a step that is late is tried once more: the machine may have been
  for (int step = 0; std::chrono::steady_clock::now() < deadline; ++step) {
    const auto rate = first_rate * std::exp2(step / steps_per_doubling);
    const load_settings load{.ports = ports,
                             .connections = 4,
                             .channels = options.shape_channels,
                             .event_bytes = options.event_bytes,
                             .events_per_second = rate / per_event,
                             // A second's worth: late beyond hope.
                             .undelivered_max = static_cast<std::size_t>(rate / per_event),
                             .duration = std::chrono::seconds{options.seconds}};
    load_result result;
    if (!cluster_load{swarm, options.subscribers, load}.run(result, why))
      return false;
    const bool in_time = !result.given_up && result.percentile_us(0.95) <= late_us;
    if (!in_time && !std::exchange(again, true)) {
      --step;
      continue;
    }
    again = false;
    const auto name = std::to_string(std::lround(rate)) + " deliveries/s: ";
    if (std::lround(rate) == std::lround(published_rate) || !in_time) {
      out.add(name + "p50", result.percentile_us(0.50) / 1000, "ms");
      out.add(name + "p95", result.percentile_us(0.95) / 1000, "ms");
    }
    if (!in_time)
      break;
    held_rate = rate;
    held = std::move(result);
  }
  out.add("highest rate held", held_rate, "deliveries/s");
  out.add("highest rate held: p50", held.percentile_us(0.50) / 1000, "ms");
  out.add("highest rate held: p95", held.percentile_us(0.95) / 1000, "ms");
  out.add("highest rate held: over Sockudo's 45,000", held_rate / published_rate, "times");
  return true;
}

}  // namespace grapevine::bench
