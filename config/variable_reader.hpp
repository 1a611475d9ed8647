#pragma once

#include "config/draft.hpp"

#include <map>
#include <set>
#include <string>

namespace grapevine::config {

/// A variable's text and how problems call its place: "environment X" or ".env:3".
struct variable {
  std::string text;
  std::string where;
};

/// Variables by name.
using variables = std::map<std::string, variable>;

/// The variables of one layer, and the draft they go into.
class variable_reader {
public:
  variable_reader(const variables& layer, draft& into) : layer_(layer), into_(into) {}

  /// A variable as it stands; null when it is not set. Warns, once, that "${...}" in it stays as
  /// written.
  const variable* find(const std::string& name);
  /// As `find`; null too where the text means none.
  const variable* find_given(const std::string& name);
  /// A section as far as it was read: lower layers, and what this one has assigned so far.
  template <class Section>
  Section& section() {
    return into_.merged.sections.edit<Section>();
  }
  /// Stores a text under a whole key, or reports why not.
  void assign(const std::string& key, const std::string& text, const variable& from);
  void complain(const variable&, std::string message, std::string fix);
  /// Complains of what a rule says about the variable `name`.
  void complain(const variable&, const std::string& name, const verdict&);

private:
  const variables& layer_;
  draft& into_;
  std::set<std::string> warned_of_;
};

/// Whether a variable counts as not set, as in Laravel: "", "null" and "(null)".
bool means_none(const std::string& text);

}  // namespace grapevine::config
