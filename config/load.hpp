#pragma once

#include "config/settings.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace grapevine::config {

struct driver_section;

/// What is wrong, where, and how to mend it. Printed as "where: message; fix".
struct problem {
  /// "grapevine.toml:12", ".env:3", "environment GRAPEVINE_NODE_LISTEN", "--listen".
  std::string where;
  std::string message;  ///< one sentence without a full stop
  std::string fix;      ///< what to write instead; may be empty
  bool operator==(const problem&) const = default;
};

/// Everything `load` looks at; it reads no file, no environment and no clock of its own.
struct sources {
  std::optional<std::string> toml;           ///< content of the configuration file
  std::string toml_name = "grapevine.toml";  ///< how problems call it
  std::optional<std::string> dotenv;         ///< content of .env in the working directory
  std::map<std::string, std::string> environment;
  /// Flags as (dotted key, text), for example {"node.listen", "0.0.0.0:8000"}; lists are comma
  /// separated.
  std::vector<std::pair<std::string, std::string>> flags;
  std::vector<std::string> apps;       ///< each --app ID:KEY:SECRET
  bool dev = false;                    ///< --dev
  std::string hostname = "localhost";  ///< for the default node name
};

/// A file that the configuration names and that has to be there.
struct named_file {
  std::string where;  ///< as in `problem`
  std::string key;    ///< "node.tls.certificate"
  std::string path;
  bool operator==(const named_file&) const = default;
};

struct load_result {
  settings value;
  std::vector<problem> problems;      ///< empty: `value` is complete and valid
  std::vector<std::string> warnings;  ///< accepted, yet probably not what was meant
  std::vector<named_file> files;      ///< for the caller to look at: `load` reads none
};

/// Merges flags over environment over .env over TOML over defaults, and checks the whole: every
/// problem is reported. The sections of `drivers` are part of it; `drivers::sections()` has them.
load_result load(const sources&, const std::vector<driver_section>& drivers);

}  // namespace grapevine::config
