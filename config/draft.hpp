#pragma once

#include "config/driver_section.hpp"
#include "config/fault.hpp"
#include "config/load.hpp"
#include "config/value.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace grapevine::config {

/// A table of a list of tables, and where it was written.
template <class Table>
struct located {
  Table content;
  std::string where;
  std::set<std::string> given;  ///< keys that were written, right or wrong
  std::set<std::string> wrong;  ///< keys that were reported; `content` has their defaults
};

/// What PUSHER_APP_ID, PUSHER_APP_KEY and PUSHER_APP_SECRET say, as far as they are set.
struct local_app {
  std::string id;
  std::string key;
  std::string secret;
  std::string where;  ///< of the one set last
};

/// Settings while the sources are merged, lowest precedence first; remembers who said what.
struct draft {
  /// `known` outlives the draft.
  explicit draft(const std::vector<driver_section>& known);

  const std::vector<driver_section>& drivers;
  std::vector<field<settings>> fields;  ///< `setting_fields`
  settings merged;
  std::vector<problem> problems;
  std::vector<std::string> warnings;
  std::map<std::string, std::string> origins;  ///< key -> where it was set last
  /// Keys that were reported: not missing, though still at their defaults.
  std::set<std::string> wrong;
  std::set<std::string> sections;  ///< "auth", ...: set by other than the guide's variables
  std::vector<located<app_settings>> apps;
  std::vector<located<channel_rule_settings>> channels;
  std::vector<located<bridge_settings>> bridges;
  local_app pusher_app;
  bool toml_unreadable = false;  ///< what is missing may be in there: do not complain about it

  void complain(std::string where, std::string message, std::string fix);
  /// One problem per fault of `key`; faults with a line of their own are placed in `file`.
  void complain(const std::string& where, const std::string& file, const std::string& key,
                const verdict&);
  /// Stores `from` under a key of `fields`, or reports why not. False when there is no such key.
  bool assign(const std::string& key, const value& from, const std::string& where,
              const std::string& file = {});
  bool given(const std::string& key) const {
    return origins.contains(key);
  }
  /// Where `key` was set; "configuration" when it has its default.
  std::string where(const std::string& key) const;
  /// Null when there is no such driver.
  const driver_section* find_driver(const std::string& name) const;
};

/// "grapevine.toml:12".
std::string at_line(const std::string& file, unsigned line);

/// "did you mean x?", or `otherwise` when nothing is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates,
                         std::string otherwise);

}  // namespace grapevine::config
