#pragma once

#include "config/variable_reader.hpp"

#include <string>

namespace grapevine::config {

/// The environment name of a key: "node.listen" is GRAPEVINE_NODE_LISTEN.
std::string environment_name(const std::string& key);

/// Merges one layer of variables, the environment or a .env file: the guide's, then every
/// GRAPEVINE_ one over them.
void apply_variables(const variables&, draft& into);

}  // namespace grapevine::config
