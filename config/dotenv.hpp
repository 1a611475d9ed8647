#pragma once

#include "config/fault.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace grapevine::config {

/// A variable of a .env file; of two with the same name the later counts.
struct dotenv_entry {
  std::string text;
  unsigned line = 0;
};

struct dotenv_file {
  std::map<std::string, dotenv_entry> variables;
  verdict faults;  ///< each with its line; never showing the line's text
};

/// Reads lines of the form KEY=VALUE: blank lines, `# comments`, a leading `export`, 'single'
/// quotes (verbatim) and "double" quotes (with \n \r \t \" \\ \$). An unquoted value ends at " #".
/// ${OTHER} is not expanded.
dotenv_file parse_dotenv(std::string_view text);

}  // namespace grapevine::config
