#include "cli/admin_query.hpp"

#include "cli/checks.hpp"
#include "cli/exit_status.hpp"
#include "cli/http_client.hpp"
#include "cli/publish_request.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <memory>
#include <ostream>
#include <utility>

namespace grapevine::cli {

namespace {

struct admin_flags {
  std::string admin = "http://127.0.0.1:9000";
  bool json = false;
};

int fail(console io, const std::string& message) {
  io.err << "grapevine: " << message << '\n';
  return exit_failed;
}

int ask(const admin_query& query, const admin_flags& flags, console io) {
  const auto answer = exchange(*parse_url(flags.admin, "http"), {"/" + query.name, std::nullopt});
  if (const auto* failure = std::get_if<no_answer>(&answer))
    return fail(io, failure->message);
  const auto& response = std::get<server_answer>(answer);
  if (response.status != 200)
    return fail(io, explain_refusal(response));
  const auto body = nlohmann::ordered_json::parse(response.body, nullptr, false);
  if (!body.is_object())
    return fail(io, "the server's answer is no JSON object; is " + flags.admin
                        + " the admin listener?");
  if (flags.json)
    io.out << response.body << (response.body.ends_with('\n') ? "" : "\n");
  else
    io.out << query.render(body);
  return exit_ok;
}

}  // namespace

void add_admin_query(CLI::App& app, admin_query query, console io, action& chosen) {
  auto flags = std::make_shared<admin_flags>();
  CLI::App* command = app.add_subcommand(query.name, query.description);
  command
      ->add_option("--admin", flags->admin,
                   "The node's admin listener (default: " + flags->admin + ")")
      ->type_name("http://HOST:PORT")
      ->check(is_url("http"));
  command->add_flag("--json", flags->json, "Print the answer as JSON");
  command->callback(
      [=, &chosen, query = std::move(query)] { chosen = [=] { return ask(query, *flags, io); }; });
}

}  // namespace grapevine::cli
