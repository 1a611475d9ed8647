#pragma once

#include "drivers/redis_connection.hpp"
#include "drivers/redis_payload.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace grapevine::drivers {

/// The way in of Redis pub/sub: one connection, subscribed to a prefix.
class redis_subscriber final : private redis_user {
public:
  struct handlers {
    std::function<void(incoming_event)> on_event;
    std::function<void(std::string_view channel, std::string_view why)> on_ignored;
    std::function<void(driver_state, std::string_view why)> on_state;
  };

  /// `login` are the steps that any connection begins with.
  redis_subscriber(net::loop&, redis_address, std::vector<redis_step> login, std::string prefix,
                   std::string origin, redis_payload_limits, std::uint64_t seed, handlers);

  void start() {
    connection_.start();
  }
  void stop() noexcept {
    connection_.stop();
  }

private:
  void on_ready() override {}
  void on_reply(redis_reply) override;
  void on_lost() override {}
  void on_report(driver_state, std::string_view why) override;

  std::string prefix_;
  std::string origin_;
  redis_payload_limits limits_;
  handlers handlers_;
  redis_connection connection_;
};

}  // namespace grapevine::drivers
