// What a hop adds: the same subscriber on n1, publishes alternately into n1 and into n2.

#include "bench/cluster_measurements.hpp"
#include "bench/http_publisher.hpp"
#include "bench/node_group.hpp"
#include "bench/subscriber_swarm.hpp"
#include "bench/workload.hpp"

#include <array>

namespace grapevine::bench {

using namespace std::chrono_literals;
using clock = subscriber_swarm::clock;

namespace {

/// From handing a request to the kernel until the event is at the subscriber, in microseconds;
/// negative when it did not come. The answer to the request is awaited too, but not timed.
double time_one(subscriber_swarm& swarm, http_publisher& publisher, const std::string& body) {
  std::optional<clock::time_point> delivered;
  swarm.restart_count();
  const auto answers = publisher.accepted();
  if (!publisher.publish(body))
    return -1;
  const auto deadline = publisher.sent_at() + 1s;
  while ((!delivered || publisher.accepted() == answers) && clock::now() < deadline)
    swarm.poll(100ms, [&](std::size_t, std::size_t, clock::time_point when) { delivered = when; });
  if (!delivered)
    return -1;
  return std::chrono::duration<double, std::micro>(*delivered - publisher.sent_at()).count();
}

}  // namespace

bool measure_hop(const cluster_options& options, measurement& out, std::string& why) {
  const auto nodes =
      node_group::start({.server = options.server, .nodes = 2, .shards = options.shards}, why);
  if (!nodes)
    return false;
  subscriber_swarm swarm{{.ports = {nodes->port(0)},
                          .connections = 1,
                          .event_bytes = event_message(options.event_bytes).size()}};
  if (why = swarm.open(10s); !why.empty())
    return false;
  std::array publishers{std::make_unique<http_publisher>(nodes->port(0)),
                        std::make_unique<http_publisher>(nodes->port(1))};
  for (auto& each : publishers)
    swarm.watch_guest(each->fd(), [&each] { each->read_answers(); });
  const auto body = publish_body(options.event_bytes);
  std::array<std::vector<double>, 2> took;
  const auto warm_up = options.samples / 10;
  const auto deadline = clock::now() + options.limit;
  for (std::size_t i = 0; i < 2 * (warm_up + options.samples) && clock::now() < deadline; ++i) {
    const auto us = time_one(swarm, *publishers[i % 2], body);
    if (us < 0) {
      why = "an event did not arrive: " + publishers[i % 2]->refusal();
      return false;
    }
    if (i >= 2 * warm_up)
      took[i % 2].push_back(us);
  }
  const auto near50 = percentile(took[0], 0.50);
  const auto far50 = percentile(took[1], 0.50);
  out.add("samples on each side", static_cast<double>(took[1].size()), "");
  out.add("same node, p50", near50, "us");
  out.add("same node, p99", percentile(took[0], 0.99), "us");
  out.add("other node, p50", far50, "us");
  out.add("other node, p99", percentile(took[1], 0.99), "us");
  out.add("added by the hop, p50", far50 - near50, "us", 150);
  return true;
}

}  // namespace grapevine::bench
