#include "cli/checks.hpp"
#include "cli/commands.hpp"
#include "cli/duration.hpp"
#include "cli/exit_status.hpp"
#include "cli/listen_session.hpp"
#include "protocol/channel_name.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <ostream>

namespace grapevine::cli {

namespace {

struct listen_flags {
  std::string url;
  std::string key;
  std::string secret;
  std::vector<std::string> channels;
  std::optional<std::size_t> count;
  std::optional<std::string> timeout;
};

/// One sentence about the first channel that cannot be subscribed to with what was given; empty
/// when all can.
std::string obstacle(const listen_flags& flags) {
  for (const std::string& channel : flags.channels) {
    const protocol::channel_access access = protocol::classify(channel).access;
    if (access == protocol::channel_access::user)
      return channel + " is for signed-in users only and cannot be listened to";
    if (access != protocol::channel_access::open && flags.secret.empty())
      return channel + " needs a signature; give the app's secret with --secret";
  }
  return {};
}

int start_listening(const listen_flags& flags, console io) {
  if (const std::string problem = obstacle(flags); !problem.empty()) {
    io.err << "grapevine: " << problem << '\n';
    return exit_usage;
  }
  listen_options options{flags.key, flags.secret, {}, flags.count, std::nullopt};
  for (const std::string& channel : flags.channels) {
    if (std::find(options.channels.begin(), options.channels.end(), channel)
        == options.channels.end())
      options.channels.push_back(channel);
  }
  if (flags.timeout)
    options.timeout = parse_duration(*flags.timeout);
  return listen(*parse_url(flags.url, "ws"), options, io);
}

}  // namespace

void add_listen(CLI::App& app, console io, action& chosen) {
  auto flags = std::make_shared<listen_flags>();
  CLI::App* command =
      app.add_subcommand("listen", "Print the events of channels, one JSON line each");
  command->add_option("--url", flags->url, "Where the node serves clients; wss:// for TLS")
      ->type_name("ws://HOST:PORT")
      ->required()
      ->check(is_url("ws"));
  command->add_option("--key", flags->key, "The app's key")->type_name("KEY")->required();
  command
      ->add_option("--secret", flags->secret,
                   "The app's secret; needed for private and presence channels")
      ->type_name("SECRET");
  command->add_option("--count", flags->count, "End with status 0 after N events")
      ->option_text("N")
      ->check(CLI::PositiveNumber);
  command
      ->add_option(
          "--timeout", flags->timeout,
          "End after this time (10s, 500ms, 2m), with status 1 when --count was not reached")
      ->type_name("DURATION")
      ->check(is_duration());
  command->add_option("CHANNEL", flags->channels, "Channels to subscribe to")
      ->type_name("")
      ->required();
  command->footer("Each event is a line {\"event\":...,\"channel\":...,\"data\":...} on standard "
                  "output; what happens to the\n"
                  "connection is told on standard error. A lost connection is made again; Ctrl-C "
                  "ends with status 0.");
  command->callback([=, &chosen] { chosen = [=] { return start_listening(*flags, io); }; });
}

}  // namespace grapevine::cli
