#pragma once

#include "config/settings.hpp"

#include <string>
#include <vector>

namespace grapevine::cli {

/// Runs one node with settings that were checked, until it is told to stop. Returns the program's
/// exit status. `warnings` are what loading the configuration had to say; they are logged once the
/// log is set up.
int serve(const config::settings&, const std::vector<std::string>& warnings);

}  // namespace grapevine::cli
