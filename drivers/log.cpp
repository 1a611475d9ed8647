#include "drivers/log.hpp"

#include <spdlog/spdlog.h>

#include <memory>

namespace grapevine::drivers {

spdlog::logger& log() {
  static const auto logger = [] {
    auto known = spdlog::get("drivers");
    return known ? known : spdlog::default_logger()->clone("drivers");
  }();
  return *logger;
}

}  // namespace grapevine::drivers
