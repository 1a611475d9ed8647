#pragma once

#include "config/draft.hpp"

#include <string>

namespace grapevine::config {

/// Merges the configuration file `text`, called `name` in problems, into `into`.
void apply_toml(const std::string& text, const std::string& name, draft& into);

}  // namespace grapevine::config
