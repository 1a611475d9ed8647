#include "net/log.hpp"

#include <spdlog/spdlog.h>

#include <memory>

namespace grapevine::net {

spdlog::logger& log() {
  static const auto logger = [] {
    auto known = spdlog::get("net");
    return known ? known : spdlog::default_logger()->clone("net");
  }();
  return *logger;
}

}  // namespace grapevine::net
