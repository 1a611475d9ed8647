#pragma once

#include "config/settings.hpp"

#include <string>

namespace grapevine::cli {

/// What a valid configuration amounts to, in a few lines for a person. Holds no secret and no key.
std::string describe(const config::settings&);

}  // namespace grapevine::cli
