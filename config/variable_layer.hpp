#pragma once

#include "config/draft.hpp"

#include <map>
#include <string>

namespace grapevine::config {

/// A variable's text and how problems call its place: "environment X" or ".env:3".
struct variable {
  std::string text;
  std::string where;
};

/// Variables by name.
using variables = std::map<std::string, variable>;

/// The environment name of a key: "node.listen" is GRAPEVINE_NODE_LISTEN.
std::string environment_name(const std::string& key);

/// Merges one layer of variables, the environment or a .env file: the guide's, then every
/// GRAPEVINE_ one over them.
void apply_variables(const variables&, draft& into);

}  // namespace grapevine::config
