#pragma once

#include "drivers/driver.hpp"

#include <string>
#include <vector>

namespace grapevine::test {

/// Keeps what a driver reports. Lives on the driver's loop.
class recording_listener final : public drivers::driver_listener {
public:
  void on_event(drivers::incoming_event event) override {
    events.push_back(std::move(event));
  }
  void on_state(drivers::driver_state state, std::string_view why) override {
    states.push_back(state);
    reasons.emplace_back(why);
  }

  bool is(drivers::driver_state state) const {
    return !states.empty() && states.back() == state;
  }

  std::vector<drivers::incoming_event> events;
  std::vector<drivers::driver_state> states;
  std::vector<std::string> reasons;
};

}  // namespace grapevine::test
