#pragma once

#include "bench/child_process.hpp"
#include "bench/http_publisher.hpp"
#include "bench/redis_publisher.hpp"
#include "bench/subscriber_swarm.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace grapevine::bench {

/// Which way events come to the node.
enum class way_in : std::uint8_t { redis, http };

/// What one measurement came to.
struct way_in_result {
  std::size_t events = 0;
  std::size_t deliveries = 0;
  std::chrono::nanoseconds elapsed{0};   ///< from the first publish to the last delivery
  std::chrono::nanoseconds node_cpu{0};  ///< used by the node's process in that time
  double latency_us_p50 = 0;             ///< from publish to delivery at one subscriber
  double latency_us_p99 = 0;

  double events_per_second() const {
    return static_cast<double>(events) / std::chrono::duration<double>(elapsed).count();
  }
  double cpu_us_per_event() const {
    return std::chrono::duration<double, std::micro>(node_cpu).count()
           / static_cast<double>(events);
  }
};

/// A redis-server, a node with a bridge that takes its events in, and subscribers of one channel at
/// that node, ready to be given the same events over either way again and again.
class redis_trial {
public:
  struct settings {
    std::string server;  ///< the grapevine program
    std::string redis;   ///< the redis-server program
    int core = 0;        ///< of the node
    int redis_core = 1;
    std::size_t subscribers = 1;
    std::size_t event_size = 200;
    std::size_t publishers = 8;  ///< connections, of either way, taken in turn
    std::size_t window = 64;     ///< events published but not delivered everywhere
  };

  /// Starts everything and waits until the bridge is up and everybody has subscribed; null with a
  /// sentence in `why` when that failed.
  static std::unique_ptr<redis_trial> start(const settings&, std::string& why);
  ~redis_trial();

  /// Publishes as fast as the window lets it, then waits for what is still on its way. False, with
  /// the reason in `why`, unless every subscriber got every event.
  bool measure(way_in, std::chrono::milliseconds duration, way_in_result& out, std::string& why);

private:
  explicit redis_trial(const settings&);
  bool start_redis(std::string& why);
  bool start_node(std::string& why);
  bool wait_for_bridge(std::string& why) const;
  bool connect_publishers(std::string& why);
  bool publish(way_in, std::size_t number);
  std::size_t accepted(way_in) const;
  std::string refusal() const;

  settings settings_;
  std::filesystem::path directory_;
  std::uint16_t redis_port_ = 0;
  std::uint16_t port_ = 0;
  std::uint16_t admin_port_ = 0;
  std::string body_;     ///< of the HTTP API
  std::string payload_;  ///< of PUBLISH
  std::unique_ptr<child_process> redis_;
  std::unique_ptr<child_process> node_;
  std::unique_ptr<subscriber_swarm> swarm_;
  std::vector<std::unique_ptr<http_publisher>> over_http_;
  std::vector<std::unique_ptr<redis_publisher>> over_redis_;
};

}  // namespace grapevine::bench
