#include "config/load.hpp"

#include "config/apps.hpp"
#include "config/bridges.hpp"
#include "config/cross_checks.hpp"
#include "config/dotenv.hpp"
#include "config/draft.hpp"
#include "config/toml_layer.hpp"
#include "config/variable_layer.hpp"

#include <array>
#include <string_view>

namespace grapevine::config {

namespace {

/// The flags of `serve` whose names are not "--" and the key.
constexpr std::array<std::pair<std::string_view, std::string_view>, 9> flag_names{{
    {"node.listen", "--listen"},
    {"node.admin_listen", "--admin-listen"},
    {"node.name", "--name"},
    {"node.shards", "--shards"},
    {"cluster.listen", "--cluster-listen"},
    {"cluster.seeds", "--seeds"},
    {"cluster.secret", "--cluster-secret-file"},
    {"log.level", "--log-level"},
    {"log.format", "--log-format"},
}};

std::string flag_name(const std::string& key) {
  for (const auto& [known, flag] : flag_names)
    if (known == key)
      return std::string{flag};
  return "--" + key;
}

void apply_dotenv(const std::string& text, draft& into) {
  const std::string name = ".env";
  auto file = parse_dotenv(text);
  for (const auto& one : file.faults)
    into.complain(at_line(name, one.line), one.message, one.fix);
  variables layer;
  for (auto& [key, entry] : file.variables)
    layer[key] = {std::move(entry.text), at_line(name, entry.line)};
  apply_variables(layer, into);
}

void apply_environment(const std::map<std::string, std::string>& environment, draft& into) {
  variables layer;
  for (const auto& [name, text] : environment)
    layer[name] = {text, "environment " + name};
  apply_variables(layer, into);
}

void apply_flags(const std::vector<std::pair<std::string, std::string>>& flags, draft& into) {
  for (const auto& [key, text] : flags)
    if (!into.assign(key, text_value(text), flag_name(key)))
      into.complain(flag_name(key), quoted(key) + " is not a known key",
                    did_you_mean(key, names_of(into.fields), ""));
}

std::vector<named_file> files_of(const draft& from) {
  const auto& merged = from.merged;
  std::vector<named_file> named{{{}, "node.tls.certificate", merged.node.tls.certificate},
                                {{}, "node.tls.key", merged.node.tls.key}};
  if (merged.cluster.enabled) {
    named.push_back({{}, "cluster.tls.certificate", merged.cluster.tls.certificate});
    named.push_back({{}, "cluster.tls.key", merged.cluster.tls.key});
    named.push_back({{}, "cluster.tls.ca", merged.cluster.tls.ca});
  }
  std::erase_if(named, [](const auto& file) { return file.path.empty(); });
  for (auto& file : named)
    file.where = from.where(file.key);
  return named;
}

}  // namespace

load_result load(const sources& from, const std::vector<driver_section>& drivers) {
  draft into{drivers};
  if (from.toml)
    apply_toml(*from.toml, from.toml_name, into);
  if (from.dotenv)
    apply_dotenv(*from.dotenv, into);
  apply_environment(from.environment, into);
  apply_flags(from.flags, into);
  apply_app_flags(from.apps, into);
  fill_defaults(into, from.dev, from.hostname);
  finish_apps(into, from.dev);
  finish_bridges(into);
  check_together(into);
  auto files = files_of(into);
  return {std::move(into.merged), std::move(into.problems), std::move(into.warnings),
          std::move(files)};
}

}  // namespace grapevine::config
