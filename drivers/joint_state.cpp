#include "drivers/joint_state.hpp"

namespace grapevine::drivers {

namespace {

int badness(driver_state state) noexcept {
  switch (state) {
  case driver_state::up:
    return 0;
  case driver_state::connecting:
    return 1;
  case driver_state::away:
    return 2;
  case driver_state::halted:
    return 3;
  }
  return 0;
}

}  // namespace

std::size_t joint_state::add() {
  parts_.emplace_back();
  return parts_.size() - 1;
}

std::size_t joint_state::worst() const noexcept {
  std::size_t found = 0;
  for (std::size_t i = 1; i < parts_.size(); ++i)
    if (badness(parts_[i].state) > badness(parts_[found].state))
      found = i;
  return found;
}

bool joint_state::set(std::size_t connection, driver_state state, std::string_view why) {
  const auto before = parts_[worst()];
  parts_[connection] = {state, std::string{why}};
  const auto& after = parts_[worst()];
  return after.state != before.state || after.why != before.why;
}

driver_state joint_state::state() const noexcept {
  return parts_[worst()].state;
}

const std::string& joint_state::why() const noexcept {
  return parts_[worst()].why;
}

}  // namespace grapevine::drivers
