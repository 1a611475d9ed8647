#include "cli/config_sources.hpp"

#include "drivers/registry.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace grapevine::cli {

namespace {

constexpr std::size_t file_size_max = 1u << 20;

std::string trimmed(const std::string& text) {
  constexpr std::string_view space = " \t\r\n";
  const auto begin = text.find_first_not_of(space);
  if (begin == std::string::npos)
    return {};
  return text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

file_content unreadable(int error) {
  return {std::nullopt, error == ENOENT, std::strerror(error)};
}

/// Reads until the end of an open file, or says why not.
file_content read_all(int file) {
  std::string text;
  std::array<char, 16384> part{};
  for (;;) {
    const ssize_t size = ::read(file, part.data(), part.size());
    if (size < 0 && errno == EINTR)
      continue;
    if (size < 0)
      return unreadable(errno);
    if (size == 0)
      return {std::move(text), false, {}};
    text.append(part.data(), static_cast<std::size_t>(size));
    if (text.size() > file_size_max)
      return {std::nullopt, false, "larger than 1 MiB"};
  }
}

/// A file in the working directory that may well be absent.
std::optional<std::string> read_optional(const std::string& path, const surroundings& around,
                                         std::vector<config::problem>& problems) {
  file_content content = around.read(path);
  if (!content.text && !content.missing)
    problems.push_back(
        {path, "cannot be read: " + content.error, "make it readable or move it away"});
  return std::move(content.text);
}

}  // namespace

file_content read_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return unreadable(errno);
  file_content content = read_all(file);
  ::close(file);
  return content;
}

surroundings process_surroundings() {
  surroundings result;
  result.read = read_file;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text{*entry};
    const auto equals = text.find('=');
    if (equals != std::string_view::npos)
      result.environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0')
    result.hostname = name.data();
  else
    result.hostname = "localhost";
  return result;
}

gathered_sources gather_sources(const serve_flags& flags, const surroundings& around) {
  gathered_sources result;
  config::sources& sources = result.value;
  if (flags.config) {
    sources.toml_name = *flags.config;
    file_content content = around.read(*flags.config);
    if (!content.text)
      result.problems.push_back({"--config", "cannot read " + *flags.config + ": " + content.error,
                                 "name a configuration file that exists and is readable"});
    sources.toml = std::move(content.text);
  } else {
    sources.toml = read_optional(sources.toml_name, around, result.problems);
  }
  sources.dotenv = read_optional(".env", around, result.problems);
  sources.environment = around.environment;
  sources.hostname = around.hostname;
  sources.apps = flags.apps;
  sources.dev = flags.dev;

  const std::pair<const char*, const std::optional<std::string>&> keys[] = {
      {"node.listen", flags.listen},
      {"node.admin_listen", flags.admin_listen},
      {"node.name", flags.name},
      {"node.shards", flags.shards},
      {"cluster.listen", flags.cluster_listen},
      {"cluster.seeds", flags.seeds},
      {"log.level", flags.log_level},
      {"log.format", flags.log_format},
  };
  for (const auto& [key, value] : keys) {
    if (value)
      sources.flags.emplace_back(key, *value);
  }
  if (flags.cluster_secret_file) {
    const std::string& path = *flags.cluster_secret_file;
    const file_content content = around.read(path);
    const std::string secret = trimmed(content.text.value_or(""));
    if (!content.text)
      result.problems.push_back({"--cluster-secret-file",
                                 "cannot read " + path + ": " + content.error,
                                 "name a readable file that holds the secret"});
    else if (secret.empty())
      result.problems.push_back({"--cluster-secret-file", path + " is empty",
                                 "put the secret that all nodes share into it"});
    else
      sources.flags.emplace_back("cluster.secret", secret);
  }
  return result;
}

config::load_result load_configuration(const serve_flags& flags, const surroundings& around) {
  gathered_sources gathered = gather_sources(flags, around);
  config::load_result result;
  result.problems = std::move(gathered.problems);
  if (!result.problems.empty())
    return result;
  result = config::load(gathered.value, drivers::sections());
  for (const auto& [where, key, path] : result.files)
    if (const auto content = around.read(path); !content.text)
      result.problems.push_back({where, key + ": cannot read " + path + ": " + content.error,
                                 "name a PEM file that exists and is readable"});
  return result;
}

std::string problem_line(const config::problem& problem) {
  std::string line = "grapevine: " + problem.where + ": " + problem.message;
  if (!problem.fix.empty())
    line += "; " + problem.fix;
  return line;
}

}  // namespace grapevine::cli
