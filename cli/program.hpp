#pragma once

#include "cli/console.hpp"

#include <string>
#include <vector>

namespace grapevine::cli {

/// The whole program: reads the command line (`arguments` without the program's name), runs the
/// command it names and returns the exit status.
int run(std::vector<std::string> arguments, console);

}  // namespace grapevine::cli
