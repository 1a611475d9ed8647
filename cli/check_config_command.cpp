#include "cli/commands.hpp"
#include "cli/config_report.hpp"
#include "cli/config_sources.hpp"
#include "cli/exit_status.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <ostream>

namespace grapevine::cli {

namespace {

int check_config(const serve_flags& flags, console io) {
  const config::load_result loaded = load_configuration(flags, process_surroundings());
  for (const std::string& warning : loaded.warnings)
    io.err << "grapevine: warning: " << warning << '\n';
  for (const config::problem& problem : loaded.problems)
    io.err << problem_line(problem) << '\n';
  if (!loaded.problems.empty())
    return exit_usage;
  io.out << describe(loaded.value);
  return exit_ok;
}

}  // namespace

void add_check_config(CLI::App& app, console io, action& chosen) {
  auto flags = std::make_shared<serve_flags>();
  CLI::App* command =
      app.add_subcommand("check-config", "Check the configuration without running a node");
  command
      ->add_option("--config", flags->config,
                   "Configuration file (default: ./grapevine.toml when it exists)")
      ->type_name("FILE");
  command->footer(
      "Looks at the same sources as 'serve': the file, ./.env and the environment. Prints every "
      "problem\n"
      "with where it is and how to mend it. Exit status: 0 valid, 2 at least one problem.");
  command->callback([=, &chosen] { chosen = [=] { return check_config(*flags, io); }; });
}

}  // namespace grapevine::cli
