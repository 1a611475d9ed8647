#pragma once

#include "drivers/driver.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace grapevine::drivers {

/// The one state of a driver that has several connections: that of the one in the worst state, of
/// equals the first.
class joint_state {
public:
  /// One more connection; its number. It begins as connecting.
  std::size_t add();
  /// True when the joint state, or the reason for it, is another now.
  bool set(std::size_t connection, driver_state, std::string_view why);
  driver_state state() const noexcept;
  const std::string& why() const noexcept;

private:
  struct part {
    driver_state state = driver_state::connecting;
    std::string why;
  };
  std::size_t worst() const noexcept;

  std::vector<part> parts_;
};

}  // namespace grapevine::drivers
