#pragma once

#include "config/fault.hpp"
#include "config/settings.hpp"
#include "config/text_checks.hpp"
#include "config/value.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace grapevine::config {

// One rule per type a key can have. A rule reads a value into its target, or leaves the target
// alone and says what is wrong. Values of variables and flags arrive as text, those of a TOML file
// typed.

/// Text that passes a check.
struct text_rule {
  text_check check = any_text;
  verdict operator()(const value&, std::string& out) const;
};

/// A list of texts, each passing a check; comma separated in a variable or flag.
struct text_list_rule {
  text_check check = some_text;
  verdict operator()(const value&, std::vector<std::string>& out) const;
};

/// One shared secret or several, the first being the one to prove with; "" is none. A variable or
/// a flag holds one a line. Faults show no content.
struct secret_list_rule {
  verdict operator()(const value&, std::vector<std::string>& out) const;
};

/// true or false; only in the file.
struct boolean_rule {
  verdict operator()(const value&, bool& out) const;
};

/// A whole number within bounds.
struct number_rule {
  std::uint64_t min = 0;
  std::uint64_t max = std::numeric_limits<std::int64_t>::max();
  verdict read(const value&, std::uint64_t& out) const;

  template <class Number>
  verdict operator()(const value& from, Number& out) const {
    std::uint64_t wide = out;
    auto result = read(from, wide);
    out = static_cast<Number>(wide);
    return result;
  }
};

/// What one can connect to.
inline constexpr number_rule port_rule{1, 65535};

/// Bytes, with or without a unit.
struct size_rule {
  std::uint64_t min = 1;
  std::uint64_t max = std::uint64_t{1} << 40;
  verdict operator()(const value&, std::size_t& out) const;
};

/// A duration with its unit.
struct duration_rule {
  std::chrono::milliseconds min;
  std::chrono::milliseconds max;
  verdict operator()(const value&, std::chrono::milliseconds& out) const;
};

/// HOST:PORT to listen on.
struct address_rule {
  verdict operator()(const value&, base::endpoint& out) const;
};

/// A table of HTTP header fields. Faults show no content.
struct header_fields_rule {
  verdict operator()(const value&, std::map<std::string, std::string>& out) const;
};

/// A list of sets of claims, each a table of texts that is not empty.
struct claim_sets_rule {
  verdict operator()(const value&, std::vector<std::map<std::string, std::string>>& out) const;
};

}  // namespace grapevine::config
