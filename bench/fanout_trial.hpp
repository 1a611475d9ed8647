#pragma once

#include "bench/child_process.hpp"
#include "bench/http_publisher.hpp"
#include "bench/subscriber_swarm.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace grapevine::bench {

/// How to publish during one measurement.
struct fanout_load {
  double events_per_second = 0;  ///< open loop; 0: saturated, bounded by `window` alone
  std::size_t window = 8;        ///< saturated: events published but not delivered everywhere
  std::chrono::milliseconds duration{10'000};
};

struct fanout_result {
  std::size_t events = 0;
  std::size_t deliveries = 0;
  std::chrono::nanoseconds elapsed{0};     ///< from the first publish to the last delivery
  std::chrono::nanoseconds server_cpu{0};  ///< used by the server's process in that time
  double latency_us_p50 = 0;  ///< from the time a publish was due to its delivery at one subscriber
  double latency_us_p99 = 0;

  double deliveries_per_second() const {
    return static_cast<double>(deliveries) / std::chrono::duration<double>(elapsed).count();
  }
  double cpu_us_per_delivery() const {
    return std::chrono::duration<double, std::micro>(server_cpu).count()
           / static_cast<double>(deliveries);
  }
};

/// One server with its subscribers of one channel and its publishers, ready to be measured again
/// and again.
class fanout_trial {
public:
  struct settings {
    std::vector<std::string> command;  ///< what starts the server
    std::uint16_t port = 0;            ///< where it will listen
    int core = 0;
    std::size_t subscribers = 1000;
    std::size_t event_size = 200;
    std::size_t publishers = 8;  ///< connections of the HTTP API, taken in turn
  };

  /// Starts the server and subscribes everybody; null with a sentence in `why` when that failed.
  static std::unique_ptr<fanout_trial> start(const settings&, std::string& why);

  /// Publishes under `load`, then waits for what is still on its way. False, with the reason in
  /// `why`, unless every subscriber got every event.
  bool measure(const fanout_load& load, fanout_result& out, std::string& why);

private:
  fanout_trial(const settings&, std::unique_ptr<child_process>);
  bool connect_publishers(std::size_t count, std::uint16_t port);
  std::size_t accepted() const;
  std::string refusal() const;
  std::string describe_loss(std::size_t expected, std::size_t delivered) const;

  std::unique_ptr<child_process> server_;
  std::size_t subscribers_;
  std::string body_;
  subscriber_swarm swarm_;
  std::vector<std::unique_ptr<http_publisher>> publishers_;
};

}  // namespace grapevine::bench
