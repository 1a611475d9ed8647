// Events per second from Redis through one node to its subscribers, beside the same events over
// HTTP: one node with a bridge, one and 1,000 subscribers, both ways in turn. The node has one
// core, Redis and this load generator share the other.

#include "bench/child_process.hpp"
#include "bench/redis_trial.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <iostream>

namespace grapevine::bench {
namespace {

struct redis_options {
  redis_trial::settings trial;
  std::vector<std::size_t> subscribers{1, 1000};
  unsigned seconds = 2;
  unsigned turns = 5;
  unsigned rounds = 3;
  int generator_core = 1;
  bool json = false;
};

/// One after the other on the same node.
struct way_pair {
  std::size_t subscribers = 0;
  way_in_result redis;
  way_in_result http;
};

/// Who is first alternates, so that a machine that slows down favours neither.
bool run_turn(redis_trial& trial, bool redis_first, std::chrono::milliseconds duration,
              way_pair& out, std::string& why) {
  const auto redis = [&] { return trial.measure(way_in::redis, duration, out.redis, why); };
  const auto http = [&] { return trial.measure(way_in::http, duration, out.http, why); };
  return redis_first ? redis() && http() : http() && redis();
}

bool run_round(const redis_options& options, std::size_t subscribers, std::vector<way_pair>& out,
               std::string& why) {
  auto settings = options.trial;
  settings.subscribers = subscribers;
  const auto trial = redis_trial::start(settings, why);
  way_pair ignored;
  if (!trial || !run_turn(*trial, true, std::chrono::milliseconds{500}, ignored, why))
    return false;
  for (unsigned turn = 0; turn < options.turns; ++turn) {
    auto& pair = out.emplace_back();
    pair.subscribers = subscribers;
    if (!run_turn(*trial, turn % 2 == 0, std::chrono::seconds{options.seconds}, pair, why))
      return false;
  }
  return true;
}

// -- the report

struct spread {
  double least, median, largest;
};

using pair_value = std::function<double(const way_pair&)>;

spread spread_of(const std::vector<way_pair>& all, std::size_t subscribers,
                 const pair_value& value) {
  std::vector<double> values;
  for (const auto& pair : all)
    if (pair.subscribers == subscribers)
      values.push_back(value(pair));
  std::sort(values.begin(), values.end());
  return {values.front(), values[values.size() / 2], values.back()};
}

double rate_ratio(const way_pair& pair) {
  return pair.redis.events_per_second() / pair.http.events_per_second();
}

double cpu_ratio(const way_pair& pair) {
  return pair.redis.cpu_us_per_event() / pair.http.cpu_us_per_event();
}

void print_way(const std::vector<way_pair>& all, std::size_t subscribers, const char* name,
               const way_in_result way_pair::*by) {
  const auto median = [&](auto member) {
    return spread_of(all, subscribers,
                     [&](const way_pair& pair) { return std::invoke(member, pair.*by); })
        .median;
  };
  std::printf("%11zu  %-6s %9.0f %13.1f %9.0f %9.0f\n", subscribers, name,
              median(&way_in_result::events_per_second), median(&way_in_result::cpu_us_per_event),
              median(&way_in_result::latency_us_p50), median(&way_in_result::latency_us_p99));
}

void print_table(const redis_options& options, const std::vector<way_pair>& all) {
  std::printf("subscribers  by      events/s  CPU us/event    p50 us    p99 us\n");
  for (const auto subscribers : options.subscribers) {
    print_way(all, subscribers, "HTTP", &way_pair::http);
    print_way(all, subscribers, "Redis", &way_pair::redis);
    const auto rate = spread_of(all, subscribers, rate_ratio);
    const auto cpu = spread_of(all, subscribers, cpu_ratio);
    std::printf("             Redis / HTTP: events/s %.2f (%.2f-%.2f), CPU %.2f (%.2f-%.2f)\n",
                rate.median, rate.least, rate.largest, cpu.median, cpu.least, cpu.largest);
  }
}

nlohmann::json to_json(const way_in_result& result) {
  return {{"events", result.events},
          {"events_per_second", result.events_per_second()},
          {"cpu_us_per_event", result.cpu_us_per_event()},
          {"latency_us_p50", result.latency_us_p50},
          {"latency_us_p99", result.latency_us_p99}};
}

void print_json(const std::vector<way_pair>& all) {
  auto turns = nlohmann::json::array();
  for (const auto& pair : all)
    turns.push_back({{"subscribers", pair.subscribers},
                     {"redis", to_json(pair.redis)},
                     {"http", to_json(pair.http)},
                     {"rate_ratio", rate_ratio(pair)},
                     {"cpu_ratio", cpu_ratio(pair)}});
  std::cout << nlohmann::json{{"turns", std::move(turns)}}.dump(2) << '\n';
}

int run(const redis_options& options) {
  const auto most = *std::max_element(options.subscribers.begin(), options.subscribers.end());
  const auto needed = most + 2 * options.trial.publishers + 64;
  if (const auto limit = raise_descriptor_limit(needed); limit < needed) {
    std::cerr << "redis: " << needed << " descriptors are needed, " << limit << " allowed\n";
    return 1;
  }
  if (!pin_to_core(options.generator_core))
    std::cerr << "redis: no core " << options.generator_core << " for the generator\n";
  std::vector<way_pair> pairs;
  for (unsigned round = 1; round <= options.rounds; ++round)
    for (const auto subscribers : options.subscribers) {
      std::string why;
      if (!run_round(options, subscribers, pairs, why)) {
        std::cerr << "redis: round " << round << ", " << subscribers << " subscribers: " << why
                  << '\n';
        return 1;
      }
    }
  if (options.json)
    print_json(pairs);
  else
    print_table(options, pairs);
  return 0;
}

}  // namespace
}  // namespace grapevine::bench

int main(int argc, char** argv) {
  CLI::App app{"Events per second from Redis through one node, beside the same over HTTP"};
  grapevine::bench::redis_options options;
  auto& trial = options.trial;
  const auto here = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  trial.server = here.parent_path() / "grapevine";
  trial.redis = "/usr/bin/redis-server";
  app.option_defaults()->always_capture_default();
  app.add_option("--server", trial.server, "The grapevine program")->check(CLI::ExistingFile);
  app.add_option("--redis", trial.redis, "The redis-server program")->check(CLI::ExistingFile);
  app.add_option("--subscribers", options.subscribers, "Subscribers; several are allowed")
      ->check(CLI::Range(1, 100'000));
  app.add_option("--size", trial.event_size, "Bytes of an event's data")
      ->check(CLI::Range(8, 10'240));
  app.add_option("--window", trial.window, "Events on their way")->check(CLI::Range(1, 10'000));
  app.add_option("--publishers", trial.publishers, "Connections that publish, of either way")
      ->check(CLI::Range(1, 1000));
  app.add_option("--seconds", options.seconds, "Length of one measurement")
      ->check(CLI::Range(1, 60));
  app.add_option("--turns", options.turns, "Pairs of measurements per round")
      ->check(CLI::Range(1, 100));
  app.add_option("--rounds", options.rounds, "How often node and Redis are started afresh")
      ->check(CLI::Range(1, 100));
  app.add_option("--core", trial.core, "Core of the node")->check(CLI::Range(0, 1023));
  app.add_option("--generator-core", options.generator_core, "Core of Redis and the generator")
      ->check(CLI::Range(0, 1023));
  app.add_flag("--json", options.json, "Print every pair as JSON");
  CLI11_PARSE(app, argc, argv);
  trial.redis_core = options.generator_core;
  return grapevine::bench::run(options);
}
