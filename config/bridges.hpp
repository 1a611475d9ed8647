#pragma once

#include "config/draft.hpp"

namespace grapevine::config {

/// Once every source is merged: adds the bridge that `broadcast.driver` means, checks each against
/// its driver's abilities and section, and moves them to the settings.
void finish_bridges(draft& into);

}  // namespace grapevine::config
