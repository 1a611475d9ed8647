#pragma once

#include "config/variable_reader.hpp"

namespace grapevine::config {

/// Merges the variables that Laravel and the guide use, of one layer: BROADCAST_* for the driver,
/// PUSHER_APP_* for the app, and those of each driver's section.
void apply_guide_variables(variable_reader& from, draft& into);

}  // namespace grapevine::config
