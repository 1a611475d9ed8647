#include "drivers/driver.hpp"

namespace grapevine::drivers {

std::string_view to_string(driver_state state) noexcept {
  switch (state) {
  case driver_state::connecting:
    return "connecting";
  case driver_state::up:
    return "up";
  case driver_state::away:
    return "away";
  case driver_state::halted:
    return "halted";
  }
  return "unknown";
}

}  // namespace grapevine::drivers
