#pragma once

#include <spdlog/logger.h>

namespace grapevine::drivers {

/// The folder's logger "drivers": the registered one, or one made from the default sinks.
spdlog::logger& log();

}  // namespace grapevine::drivers
