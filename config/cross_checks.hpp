#pragma once

#include "config/draft.hpp"

#include <string>

namespace grapevine::config {

/// Fills in the defaults that depend on other keys: development mode, admin listener, node name.
void fill_defaults(draft& into, bool dev, const std::string& hostname);

/// Checks what no key can tell alone: TLS pairs, listeners in each other's way, an open cluster,
/// references to apps, limits that contradict each other. Adds the warnings, too.
void check_together(draft& into);

}  // namespace grapevine::config
