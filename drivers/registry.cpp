#include "drivers/registry.hpp"

#include "drivers/ably_driver.hpp"
#include "drivers/log_driver.hpp"
#include "drivers/null_driver.hpp"
#include "drivers/pusher_driver.hpp"
#include "drivers/redis_driver.hpp"

#include <algorithm>

namespace grapevine::drivers {

const std::vector<registration>& registry() {
  // clang-format off
  static const std::vector<registration> drivers{
      {redis_section(), make_redis_driver},
      {pusher_section(), make_pusher_driver},
      {ably_section(), make_ably_driver},
      {log_section(), make_log_driver},
      {null_section(), make_null_driver},
  };
  // clang-format on
  return drivers;
}

const registration* find_driver(std::string_view name) {
  const auto& all = registry();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const auto& each) { return each.section.name == name; });
  return found == all.end() ? nullptr : &*found;
}

const std::vector<config::driver_section>& sections() {
  static const auto all = [] {
    std::vector<config::driver_section> result;
    for (const auto& each : registry())
      result.push_back(each.section);
    return result;
  }();
  return all;
}

}  // namespace grapevine::drivers
