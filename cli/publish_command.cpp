#include "cli/app_credentials.hpp"
#include "cli/checks.hpp"
#include "cli/commands.hpp"
#include "cli/exit_status.hpp"
#include "cli/http_client.hpp"
#include "cli/printable.hpp"
#include "cli/publish_request.hpp"

#include <CLI/CLI.hpp>

#include <array>
#include <istream>
#include <memory>
#include <ostream>

namespace grapevine::cli {

namespace {

constexpr std::size_t input_max = 16u << 20;

struct publish_flags {
  std::string url;
  std::string app;
  std::string socket_id;
  std::vector<std::string> words;  // CHANNEL... EVENT JSON
  bool verbose = false;
};

int fail(console io, int status, const std::string& message) {
  io.err << "grapevine: " << message << '\n';
  return status;
}

/// Reads to the end, without the line break that a shell's pipe leaves there; nothing when it is
/// too much.
std::optional<std::string> read_input(std::istream& in) {
  std::string text;
  std::array<char, 16384> part{};
  while (in.read(part.data(), part.size()) || in.gcount() > 0) {
    text.append(part.data(), static_cast<std::size_t>(in.gcount()));
    if (text.size() > input_max)
      return std::nullopt;
  }
  while (text.ends_with('\n') || text.ends_with('\r'))
    text.pop_back();
  return text;
}

int publish(const publish_flags& flags, console io) {
  const auto event_at = flags.words.end() - 2;
  publication event{
      {flags.words.begin(), event_at}, *event_at, flags.words.back(), flags.socket_id};
  if (event.data == "-") {
    auto input = read_input(io.in);
    if (!input)
      return fail(io, exit_usage, "standard input holds more than 16 MiB");
    event.data = std::move(*input);
  }
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::system_clock::now().time_since_epoch());
  const auto request = publish_request(*parse_app_credentials(flags.app), event, now);
  if (!request)
    return fail(io, exit_usage, "channels, event and data must be UTF-8");

  const auto answer = exchange(*parse_url(flags.url, "http"), *request);
  if (const auto* failure = std::get_if<no_answer>(&answer))
    return fail(io, exit_failed, failure->message);
  const auto& response = std::get<server_answer>(answer);
  if (response.status != 200)
    return fail(io, exit_failed, explain_refusal(response));
  const std::size_t count = event.channels.size();
  io.out << "published " << printable(event.event) << " to " << count
         << (count == 1 ? " channel\n" : " channels\n");
  if (flags.verbose)
    io.out << response.body << '\n';
  return exit_ok;
}

/// Shows the words as they are called, where CLI11 would put dots behind the last.
struct words_formatter final : CLI::Formatter {
  std::string make_option_usage(const CLI::Option* option) const override {
    return make_option_name(option, true);
  }
};

}  // namespace

void add_publish(CLI::App& app, console io, action& chosen) {
  auto flags = std::make_shared<publish_flags>();
  CLI::App* command = app.add_subcommand("publish", "Publish one event to channels");
  command->formatter(std::make_shared<words_formatter>());
  command->get_formatter()->column_width(36);
  command->add_option("--url", flags->url, "Where the node serves clients; https:// for TLS")
      ->type_name("http://HOST:PORT")
      ->required()
      ->check(is_url("http"));
  command->add_option("--app", flags->app, "The app to publish for")
      ->type_name("ID:KEY:SECRET")
      ->required()
      ->check(is_app_credentials());
  command
      ->add_option("--socket-id", flags->socket_id, "The connection that shall not get the event")
      ->type_name("ID");
  command->add_flag("--verbose", flags->verbose, "Print the server's answer too");
  command
      ->add_option("CHANNEL... EVENT JSON", flags->words,
                   "Channels, the event's name and its data; '-' reads stdin")
      ->option_text("REQUIRED")
      ->required()
      ->expected(3, CLI::detail::expected_max_vector_size);
  command->footer(
      "Example: grapevine publish --url http://127.0.0.1:8000 --app app-id:app-key:app-secret \\\n"
      "             orders OrderShipped '{\"id\":7}'");
  command->callback([=, &chosen] { chosen = [=] { return publish(*flags, io); }; });
}

}  // namespace grapevine::cli
