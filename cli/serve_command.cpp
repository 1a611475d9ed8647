#include "cli/commands.hpp"
#include "cli/config_sources.hpp"
#include "cli/exit_status.hpp"
#include "cli/serve.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <ostream>

namespace grapevine::cli {

namespace {

int check_and_serve(const serve_flags& flags, console io) {
  const config::load_result loaded = load_configuration(flags, process_surroundings());
  for (const config::problem& problem : loaded.problems)
    io.err << problem_line(problem) << '\n';
  if (!loaded.problems.empty())
    return exit_usage;
  return serve(loaded.value, loaded.warnings);
}

}  // namespace

void add_serve(CLI::App& app, console io, action& chosen) {
  auto flags = std::make_shared<serve_flags>();
  CLI::App* command = app.add_subcommand("serve", "Run a node");
  command
      ->add_option("--config", flags->config,
                   "Configuration file (default: ./grapevine.toml when it exists)")
      ->type_name("FILE");
  command
      ->add_option("--listen", flags->listen,
                   "Address for clients and the HTTP API (default: 0.0.0.0:8000)")
      ->type_name("HOST:PORT");
  command
      ->add_option(
          "--admin-listen", flags->admin_listen,
          "Address for metrics, console and status (default: 127.0.0.1, the clients' port + 1000)")
      ->type_name("HOST:PORT");
  command
      ->add_option("--name", flags->name, "Name of this node (default: host name and client port)")
      ->type_name("NAME");
  command
      ->add_option("--cluster-listen", flags->cluster_listen,
                   "Address for the other nodes (default: 127.0.0.1:7946 when there are seeds)")
      ->type_name("HOST:PORT");
  command
      ->add_option("--seeds", flags->seeds,
                   "Nodes to join, separated by commas; may name this node itself")
      ->type_name("HOST:PORT,...")
      ->join(',');
  command
      ->add_option("--cluster-secret-file", flags->cluster_secret_file,
                   "File that holds the secret all nodes share")
      ->type_name("FILE");
  command
      ->add_option("--app", flags->apps,
                   "An app that clients and publishers may use; may be repeated")
      ->type_name("ID:KEY:SECRET")
      ->option_text("ID:KEY:SECRET")
      ->allow_extra_args(false);
  command
      ->add_option("--shards", flags->shards,
                   "Threads that serve sockets (default: 0, one per core)")
      ->type_name("N");
  command
      ->add_option("--log-level", flags->log_level,
                   "trace, debug, info, warn, error or off (default: info)")
      ->type_name("LEVEL");
  command->add_option("--log-format", flags->log_format, "text or json (default: text)")
      ->type_name("FORMAT");
  command->add_flag(
      "--dev", flags->dev,
      "Listen on loopback only, with app app-id:app-key:app-secret, client events and debug log");
  command->footer("Flags win over the environment (GRAPEVINE_NODE_LISTEN, ...), which wins over "
                  "./.env, which wins\n"
                  "over the configuration file. SIGTERM and SIGINT stop the node after it has sent "
                  "its clients away;\n"
                  "a second one ends it at once.");
  command->callback([=, &chosen] { chosen = [=] { return check_and_serve(*flags, io); }; });
}

}  // namespace grapevine::cli
