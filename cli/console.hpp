#pragma once

#include <iosfwd>

namespace grapevine::cli {

/// Where a command reads and writes: results to `out`, messages for people to `err`.
struct console {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
};

}  // namespace grapevine::cli
