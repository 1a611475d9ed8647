#pragma once

#include <spdlog/logger.h>

namespace grapevine::net {

/// The folder's logger "net": the registered one, or one made from the default sinks.
spdlog::logger& log();

}  // namespace grapevine::net
