#pragma once

#include "config/fault.hpp"
#include "config/value.hpp"

#include <optional>
#include <string_view>

namespace grapevine::config {

/// A TOML document as plain values, each with its line.
struct toml_file {
  value root;                         ///< a table; empty when `syntax_error` is set
  std::optional<fault> syntax_error;  ///< with its line
};

/// Parses TOML 1.0. The message of a syntax error shows no value.
toml_file parse_toml(std::string_view text);

}  // namespace grapevine::config
