#pragma once

#include "cli/commands.hpp"

#include <functional>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace grapevine::cli {

/// What `status`, `members` and `channels` differ in.
struct admin_query {
  std::string name;  ///< of the command; "/name" is asked for
  std::string description;
  /// Of the answer, which is an object.
  std::function<std::string(const nlohmann::ordered_json&)> render;
};

/// Adds a command that asks a node's admin listener one question and prints the answer, readable or
/// as JSON.
void add_admin_query(CLI::App& app, admin_query, console, action& chosen);

}  // namespace grapevine::cli
