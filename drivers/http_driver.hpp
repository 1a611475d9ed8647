#pragma once

#include "drivers/backoff.hpp"
#include "drivers/http_target.hpp"
#include "drivers/outgoing_queue.hpp"
#include "net/http_client.hpp"
#include "net/timer_wheel.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace grapevine::net {
class loop;
}

namespace grapevine::drivers {

/// The driver of a service that takes events over HTTP. One request at a time, so that events leave
/// in order; one that has to be tried again holds those behind it up. An event at which the service
/// fails again and again (5xx, `tries_max` times) is dropped. 401 and 403 halt the driver for
/// `halt`: the event is refused and those behind it wait.
class http_driver final : public driver, private net::timer {
public:
  static constexpr unsigned tries_max = 8;
  static constexpr std::chrono::seconds halt{60};

  /// `side` is the `other_side`.
  http_driver(net::loop&, net::http_client_settings, std::unique_ptr<http_target>, std::string side,
              std::size_t queue_bytes_max, std::uint64_t seed);
  ~http_driver() override;

  void start(driver_listener&) override;
  void stop() noexcept override;
  void publish(outgoing_event, completion) override;
  driver_stats stats() const override;
  std::string_view other_side() const noexcept override {
    return side_;
  }

private:
  void on_timer(net::time_point) override;
  void go_on();
  void send_step();
  void on_result(const net::request_result&);
  void end_event(const outcome&);
  void rest(std::chrono::milliseconds, driver_state, std::string why);
  void report(driver_state, std::string why);

  net::loop& on_;
  net::http_client_settings settings_;
  std::unique_ptr<http_target> target_;
  std::string side_;
  outgoing_queue queue_;
  backoff backoff_;
  std::uint64_t ids_;  ///< of the last event's id
  std::unique_ptr<net::http_client> client_;
  driver_listener* listener_ = nullptr;
  std::uint64_t connects_ = 0;
  driver_state state_ = driver_state::connecting;
  std::string why_;

  // -- the oldest event, while it is in flight
  const outgoing_event* event_ = nullptr;
  std::string id_;
  std::size_t step_ = 0;
  unsigned tries_ = 0;
  bool resting_ = false;
};

}  // namespace grapevine::drivers
