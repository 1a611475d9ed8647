#include "cli/program.hpp"

#include "cli/commands.hpp"
#include "cli/exit_status.hpp"
#include "cli/version.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <ostream>

namespace grapevine::cli {

namespace {

/// The command whose options were being read when parsing failed, for the hint after the message.
std::string help_command(const CLI::App& app) {
  std::string name = "grapevine";
  for (const CLI::App* command : app.get_subcommands())
    name += " " + command->get_name();
  return name + " --help";
}

/// CLI11's messages may span lines; ours is one.
std::string one_line(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '.'))
    text.pop_back();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

}  // namespace

int run(std::vector<std::string> arguments, console io) {
  CLI::App app{"A clustered WebSocket broadcasting server that speaks the Pusher protocol.",
               "grapevine"};
  app.set_version_flag("--version", "grapevine " + std::string{version},
                       "Print the version and exit");
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.require_subcommand(0, 1);
  app.get_formatter()->column_width(36);
  app.footer(
      "'grapevine COMMAND --help' explains a command.\n"
      "Exit status: 0 stopped as asked, 1 failed while running, 2 wrong usage or configuration.");

  action chosen;
  add_serve(app, io, chosen);
  add_publish(app, io, chosen);
  add_listen(app, io, chosen);
  add_status(app, io, chosen);
  add_members(app, io, chosen);
  add_channels(app, io, chosen);
  add_check_config(app, io, chosen);

  // CLI11 takes the arguments from the back.
  std::reverse(arguments.begin(), arguments.end());
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::Success& asked) {
    return app.exit(asked, io.out, io.err);
  } catch (const CLI::ParseError& error) {
    io.err << "grapevine: " << one_line(error.what()) << " (see " << help_command(app) << ")\n";
    return exit_usage;
  }
  if (!chosen) {
    io.err << app.help();
    return exit_usage;
  }
  return chosen();
}

}  // namespace grapevine::cli
