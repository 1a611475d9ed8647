#pragma once

#include "cli/console.hpp"

#include <functional>

namespace CLI {
class App;
}

namespace grapevine::cli {

/// What the command on the command line does; gives the exit status. Empty until a command was
/// recognised.
using action = std::function<int()>;

/// Each adds one command with its options and help. When the command line names it, `chosen`
/// becomes its action. The console must outlive the action.
void add_serve(CLI::App& app, console, action& chosen);
void add_publish(CLI::App& app, console, action& chosen);
void add_listen(CLI::App& app, console, action& chosen);
void add_status(CLI::App& app, console, action& chosen);
void add_members(CLI::App& app, console, action& chosen);
void add_channels(CLI::App& app, console, action& chosen);
void add_check_config(CLI::App& app, console, action& chosen);

}  // namespace grapevine::cli
