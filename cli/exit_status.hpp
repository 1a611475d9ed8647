#pragma once

namespace grapevine::cli {

/// What the program's exit status tells a script.
enum exit_status : int {
  exit_ok = 0,      ///< done, or stopped as asked
  exit_failed = 1,  ///< something went wrong while running
  exit_usage = 2,   ///< wrong usage or configuration
};

}  // namespace grapevine::cli
