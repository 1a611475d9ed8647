// What one delivery costs: 1,000 subscribers of one channel, grapevine beside the floor, taking
// turns on the same core while this load generator has another. Only the servers' own CPU time is
// compared, so it does not matter that the generator is the slower side.

#include "bench/child_process.hpp"
#include "bench/fanout_report.hpp"
#include "bench/fanout_trial.hpp"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <iostream>

namespace grapevine::bench {
namespace {

struct fanout_options {
  std::string server;
  std::string floor;
  std::size_t subscribers = 1000;
  std::size_t size = 200;
  std::size_t window = 8;
  std::size_t publishers = 8;
  unsigned seconds = 2;
  unsigned turns = 5;
  unsigned rounds = 3;
  std::vector<double> rates{0, 100};
  int core = 0;
  int generator_core = 1;
  bool json = false;
};

fanout_trial::settings trial_settings(const fanout_options& options) {
  return {.command = {},
          .port = free_port(),
          .core = options.core,
          .subscribers = options.subscribers,
          .event_size = options.size,
          .publishers = options.publishers};
}

std::unique_ptr<fanout_trial> start_floor(const fanout_options& options, std::string& why) {
  auto settings = trial_settings(options);
  settings.command = {options.floor, "--port", std::to_string(settings.port), "--size",
                      std::to_string(options.size)};
  return fanout_trial::start(settings, why);
}

std::unique_ptr<fanout_trial> start_server(const fanout_options& options, std::string& why) {
  auto settings = trial_settings(options);
  const std::string host = "127.0.0.1:";
  settings.command = {options.server,
                      "serve",
                      "--dev",
                      "--shards",
                      "1",
                      "--log-level",
                      "warn",
                      "--listen",
                      host + std::to_string(settings.port),
                      "--admin-listen",
                      host + std::to_string(free_port())};
  return fanout_trial::start(settings, why);
}

/// Measures one pair. Who is first alternates, so that a machine that slows down favours neither.
bool run_turn(fanout_trial& floor, fanout_trial& server, bool floor_first, const fanout_load& load,
              fanout_pair& out, std::string& why) {
  out.events_per_second = load.events_per_second;
  if (floor_first)
    return floor.measure(load, out.floor, why) && server.measure(load, out.server, why);
  return server.measure(load, out.server, why) && floor.measure(load, out.floor, why);
}

/// Both servers run side by side and are measured in turn; the one that is not measured is idle.
bool run_round(const fanout_options& options, std::vector<fanout_pair>& out, std::string& why) {
  const auto floor = start_floor(options, why);
  const auto server = floor ? start_server(options, why) : nullptr;
  if (!server)
    return false;
  for (const auto rate : options.rates) {
    const fanout_load warm_up{rate, options.window, std::chrono::milliseconds{500}};
    fanout_pair ignored;
    if (!run_turn(*floor, *server, true, warm_up, ignored, why))
      return false;
    const fanout_load load{rate, options.window, std::chrono::seconds{options.seconds}};
    for (unsigned turn = 0; turn < options.turns; ++turn)
      if (!run_turn(*floor, *server, turn % 2 == 0, load, out.emplace_back(), why))
        return false;
  }
  return true;
}

int run(const fanout_options& options) {
  // Both servers' subscribers and publishers are descriptors of this one process.
  const auto needed = 2 * (options.subscribers + options.publishers) + 64;
  if (const auto limit = raise_descriptor_limit(needed); limit < needed) {
    std::cerr << "fanout: " << needed << " descriptors are needed, " << limit << " allowed\n";
    return 1;
  }
  if (!pin_to_core(options.generator_core))
    std::cerr << "fanout: no core " << options.generator_core << " for the generator\n";
  std::vector<fanout_pair> pairs;
  for (unsigned round = 1; round <= options.rounds; ++round) {
    std::string why;
    if (!run_round(options, pairs, why)) {
      std::cerr << "fanout: round " << round << ": " << why << '\n';
      return 1;
    }
  }
  if (options.json)
    print_json(std::cout, pairs);
  else
    print_table(std::cout, pairs);
  return 0;
}

}  // namespace
}  // namespace grapevine::bench

int main(int argc, char** argv) {
  CLI::App app{"CPU per delivery of grapevine, beside a bare epoll loop on the same core"};
  grapevine::bench::fanout_options options;
  const auto here = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  options.server = here.parent_path() / "grapevine";
  options.floor = here / "fanout_floor";
  app.option_defaults()->always_capture_default();
  app.add_option("--server", options.server, "The grapevine program")->check(CLI::ExistingFile);
  app.add_option("--floor", options.floor, "The floor program")->check(CLI::ExistingFile);
  app.add_option("--subscribers", options.subscribers, "Subscribers of the channel")
      ->check(CLI::Range(1, 100'000));
  app.add_option("--size", options.size, "Bytes of an event's data")->check(CLI::Range(8, 10'240));
  app.add_option("--window", options.window, "Events on their way when saturated")
      ->check(CLI::Range(1, 1000));
  app.add_option("--publishers", options.publishers, "Connections that publish, in turn")
      ->check(CLI::Range(1, 1000));
  app.add_option("--seconds", options.seconds, "Length of one measurement")
      ->check(CLI::Range(1, 60));
  app.add_option("--turns", options.turns, "Pairs of measurements per load and round")
      ->check(CLI::Range(1, 100));
  app.add_option("--rounds", options.rounds, "How often both servers are started afresh")
      ->check(CLI::Range(1, 100));
  app.add_option("--rate", options.rates, "Events per second; 0 saturates; several are allowed");
  app.add_option("--core", options.core, "Core of the servers")->check(CLI::Range(0, 1023));
  app.add_option("--generator-core", options.generator_core, "Core of the load generator")
      ->check(CLI::Range(0, 1023));
  app.add_flag("--json", options.json, "Print every pair as JSON");
  CLI11_PARSE(app, argc, argv);
  return grapevine::bench::run(options);
}
