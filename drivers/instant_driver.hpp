#pragma once

#include "drivers/driver.hpp"

#include <memory>
#include <string_view>

namespace grapevine::net {
class loop;
}

namespace grapevine::drivers {

/// The part that drivers without another side have in common: always up, every event dealt with on
/// the spot, nothing in.
class instant_driver : public driver {
public:
  /// `state` is the sentence that the listener is told; it must outlive the driver.
  instant_driver(net::loop&, std::string_view state);
  ~instant_driver() override;

  void start(driver_listener&) final;
  void stop() noexcept final;
  void publish(outgoing_event, completion) final;
  driver_stats stats() const final {
    return stats_;
  }
  std::string_view other_side() const noexcept final {
    return {};
  }

private:
  virtual void accept(const outgoing_event&) = 0;

  net::loop& on_;
  std::string_view state_;
  std::shared_ptr<driver_listener*> listener_;  ///< what a posted call looks at; null: stopped
  driver_stats stats_;
};

}  // namespace grapevine::drivers
