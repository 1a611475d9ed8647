#include "drivers/registry.hpp"

#include "drivers/ably_driver.hpp"
#include "drivers/log_driver.hpp"
#include "drivers/null_driver.hpp"
#include "drivers/pusher_driver.hpp"
#include "drivers/redis_driver.hpp"

#include <algorithm>

namespace grapevine::drivers {

const std::vector<registration>& registry() {
  static const std::vector<registration> drivers{
      {"ably", false, make_ably_driver},  {"log", false, make_log_driver},
      {"null", false, make_null_driver},  {"pusher", false, make_pusher_driver},
      {"redis", true, make_redis_driver},
  };
  return drivers;
}

const registration* find_driver(std::string_view name) {
  const auto& all = registry();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace grapevine::drivers
