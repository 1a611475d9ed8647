#pragma once

#include "config/settings.hpp"

namespace grapevine::cli {

/// Sends the log to standard error, at the level and in the format (text or one JSON object per
/// line) that were asked for.
void set_up_log(const config::log_settings&);

}  // namespace grapevine::cli
