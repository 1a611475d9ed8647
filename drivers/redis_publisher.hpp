#pragma once

#include "drivers/outgoing_queue.hpp"
#include "drivers/redis_connection.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace grapevine::drivers {

/// The way out through Redis pub/sub: one connection that publishes, and the queue before it.
class redis_publisher final : private redis_user {
public:
  using state_handler = std::function<void(driver_state, std::string_view why)>;

  redis_publisher(net::loop&, redis_address, std::vector<redis_step> login, std::string prefix,
                  std::string origin, std::size_t queue_bytes_max, std::uint64_t seed,
                  state_handler);

  void start() {
    connection_.start();
  }
  void stop();
  void publish(outgoing_event, completion);
  void describe(driver_stats& into) const noexcept {
    queue_.describe(into);
  }

private:
  void on_ready() override;
  void on_reply(redis_reply) override;
  void on_lost() override;
  void on_report(driver_state, std::string_view why) override;
  void send_more();

  std::string prefix_;
  std::string origin_;
  state_handler on_state_;
  outgoing_queue queue_;
  redis_connection connection_;
  /// Of the oldest event in flight.
  std::size_t answered_channels_ = 0;
  std::string refusal_;
  /// How many channels each event in flight has, oldest first.
  std::deque<std::size_t> channels_in_flight_;
};

}  // namespace grapevine::drivers
