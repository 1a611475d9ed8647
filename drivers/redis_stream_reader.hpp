#pragma once

#include "drivers/redis_connection.hpp"
#include "drivers/redis_payload.hpp"
#include "drivers/redis_stream_state.hpp"
#include "drivers/redis_subscriber.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace grapevine::drivers {

/// Where a stream is read, and as whom.
struct redis_stream_settings {
  std::string stream;
  std::string group;
  std::string consumer;  ///< the same after a restart, and nobody else's
  unsigned database = 0;
};

/// The way in of a Redis stream: one connection that reads as a member of a consumer group, so that
/// of all who read one gets each entry. The group is made at the stream's end if it is missing. An
/// entry is acknowledged when the event in it has been taken; one that is no event at once.
class redis_stream_reader final : private redis_user {
public:
  redis_stream_reader(net::loop&, redis_address, std::vector<redis_step> login,
                      const redis_stream_settings&, redis_payload_limits, std::uint64_t seed,
                      redis_subscriber::handlers);
  ~redis_stream_reader();

  void start() {
    connection_.start();
  }
  void stop() noexcept;

private:
  void on_ready() override;
  void on_reply(redis_reply) override;
  void on_lost() override {}
  void on_report(driver_state, std::string_view why) override;
  void on_taken(const std::string& id);
  void go_on();

  net::loop& on_;
  std::string stream_;
  redis_payload_limits limits_;
  redis_subscriber::handlers handlers_;
  redis_stream_state state_;
  redis_connection connection_;
  std::shared_ptr<redis_stream_reader*> self_;  ///< what `taken` looks at; null inside: stopped
};

}  // namespace grapevine::drivers
