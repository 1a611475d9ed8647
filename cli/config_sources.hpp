#pragma once

#include "config/load.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace grapevine::cli {

/// The options of `serve` as they were given; `check-config` uses `config` alone.
struct serve_flags {
  std::optional<std::string> config;
  std::optional<std::string> listen;
  std::optional<std::string> admin_listen;
  std::optional<std::string> name;
  std::optional<std::string> cluster_listen;
  std::optional<std::string> seeds;
  std::optional<std::string> cluster_secret_file;
  std::optional<std::string> shards;
  std::optional<std::string> log_level;
  std::optional<std::string> log_format;
  std::vector<std::string> apps;
  bool dev = false;
};

/// What came of reading a file: its content, or why there is none.
struct file_content {
  std::optional<std::string> text;
  bool missing = false;  ///< there is no such file
  std::string error;     ///< why it could not be read, "No such file or directory"
};

/// Reads a whole file of at most 1 MiB.
file_content read_file(const std::string& path);

/// What a process finds around itself; the tests bring their own.
struct surroundings {
  std::function<file_content(const std::string& path)> read;
  std::map<std::string, std::string> environment;
  std::string hostname;
};

/// This process's files, environment and host name.
surroundings process_surroundings();

struct gathered_sources {
  config::sources value;
  std::vector<config::problem> problems;  ///< files that were named, or exist, and cannot be read
};

/// Collects everything `config::load` looks at: `--config` or ./grapevine.toml, ./.env,
/// environment, flags.
gathered_sources gather_sources(const serve_flags&, const surroundings&);

/// Gathers and loads. Files that cannot be read are reported alone: what else would be found wrong
/// without them is only their echo.
config::load_result load_configuration(const serve_flags&, const surroundings&);

/// "grapevine: where: message; fix", the one line a problem gets on standard error.
std::string problem_line(const config::problem&);

}  // namespace grapevine::cli
