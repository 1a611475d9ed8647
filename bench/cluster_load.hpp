#pragma once

#include "bench/http_publisher.hpp"
#include "bench/subscriber_swarm.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace grapevine::bench {

/// How a cluster is published into.
struct load_settings {
  std::vector<std::uint16_t> ports;  ///< nodes; channel c is published into number c modulo these
  std::size_t connections = 1;       ///< to each node
  std::size_t channels = 1;          ///< taken in turn, one by each request
  std::size_t batch = 1;             ///< events of one request; 1: POST /events
  std::size_t event_bytes = 200;     ///< of data
  double events_per_second = 0;      ///< open loop; 0: saturated, bounded by `window`
  std::size_t window = 4;            ///< saturated: unanswered requests of one connection
  /// Events not delivered to all: saturated, publishing waits; else the run is given up.
  std::size_t undelivered_max = 0;
  std::chrono::milliseconds duration{3'000};
};

struct load_result {
  std::size_t events = 0;
  std::size_t deliveries = 0;
  bool given_up = false;
  std::chrono::nanoseconds elapsed{0};  ///< from the first publish to the last delivery and answer
  std::vector<float> latencies_us;      ///< sorted; from the time a publish was due to a delivery

  double percentile_us(double share) const;
  double events_per_second() const;
  double deliveries_per_second() const;
};

/// Publishes under one load while the swarm, which may be empty, counts what arrives. Each of
/// several channels is always published over the same connection, so its subscribers receive in the
/// order of publishing, and which publish a delivery belongs to needs no reading. (A single channel
/// is spread over all connections; its latencies are then those of neighbours.)
class cluster_load {
public:
  /// Subscriber i of the swarm is in channel i modulo the channels; `subscribers` in all.
  cluster_load(subscriber_swarm&, std::size_t subscribers, load_settings);

  /// False, with the reason in `why`, unless everybody got everything (or the run was given up).
  bool run(load_result&, std::string& why);

private:
  using clock = subscriber_swarm::clock;

  bool connect(std::string& why);
  bool publish_next(clock::time_point now);
  bool saturated() const noexcept {
    return settings_.events_per_second <= 0;
  }
  http_publisher& publisher_of(std::size_t channel);
  clock::time_point due_time(clock::time_point now) const;
  void poll(std::chrono::nanoseconds);
  std::size_t undelivered() const noexcept {
    return expected_ - result_.deliveries;
  }
  bool drained() const;
  std::string trouble() const;

  subscriber_swarm& swarm_;
  std::size_t subscribers_per_channel_;
  load_settings settings_;
  std::vector<std::string> bodies_;                          ///< by channel
  std::vector<std::unique_ptr<http_publisher>> publishers_;  ///< by node, then connection
  std::vector<std::vector<clock::time_point>> due_;          ///< by channel
  std::size_t requests_ = 0;
  std::size_t expected_ = 0;
  clock::time_point start_;
  load_result result_;
};

}  // namespace grapevine::bench
