// What a cluster of real nodes on 127.0.0.1 takes and gives: latency of a hop, CPU of a forwarded
// event, bytes and memory of interest, the time to agree on a death, and the deliveries that three
// nodes keep up with. Nodes and load generator share the machine.

#include "bench/child_process.hpp"
#include "bench/cluster_measurements.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <iostream>

namespace grapevine::bench {

double percentile(std::vector<double> values, double share) {
  if (values.empty())
    return 0;
  std::ranges::sort(values);
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

namespace {

struct sub_measurement {
  const char* name;
  const char* title;
  bool (*run)(const cluster_options&, measurement&, std::string& why);
};

constexpr std::array sub_measurements{
    sub_measurement{"hop", "Latency of a hop between nodes", measure_hop},
    sub_measurement{"cost", "CPU per forwarded event", measure_cost},
    sub_measurement{"bytes", "Bytes between nodes per first subscribe", measure_bytes},
    sub_measurement{"memory", "Memory per remotely wanted channel", measure_memory},
    sub_measurement{"death", "Time to agree on a node's death", measure_death},
    sub_measurement{"shape", "Three nodes, subscribers over many channels", measure_shape}};

void print_table(const sub_measurement& what, const measurement& result) {
  std::printf("%s\n", what.title);
  for (const auto& each : result.figures) {
    std::printf("  %-76s %12.2f %s", each.name.c_str(), each.value, each.unit.c_str());
    if (each.target)
      std::printf("  (target %g: %s)", *each.target, each.value <= *each.target ? "met" : "missed");
    std::printf("\n");
  }
  std::fflush(stdout);
}

nlohmann::ordered_json to_json(const measurement& result) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& each : result.figures) {
    auto& entry = list.emplace_back(
        nlohmann::ordered_json{{"name", each.name}, {"value", each.value}, {"unit", each.unit}});
    if (each.target)
      entry["target"] = *each.target;
  }
  return list;
}

int run(const cluster_options& options, const std::vector<std::string>& only, bool json) {
  const auto needed = std::max(options.subscribers, options.channels / 1000) + 256;
  if (raise_descriptor_limit(needed) < needed) {
    std::cerr << "cluster: " << needed << " descriptors are needed\n";
    return 1;
  }
  auto all = nlohmann::ordered_json::object();
  for (const auto& each : sub_measurements) {
    if (!only.empty() && std::ranges::find(only, each.name) == only.end())
      continue;
    measurement result;
    std::string why;
    if (!each.run(options, result, why)) {
      std::cerr << "cluster: " << each.name << ": " << why << '\n';
      return 1;
    }
    if (json)
      all[each.name] = to_json(result);
    else
      print_table(each, result);
  }
  if (json)
    std::cout << all.dump(2) << '\n';
  return 0;
}

}  // namespace
}  // namespace grapevine::bench

int main(int argc, char** argv) {
  CLI::App app{"What several nodes on this machine take and give"};
  grapevine::bench::cluster_options options;
  std::vector<std::string> only;
  bool json = false;
  unsigned limit = 600;
  const auto here = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  options.server = here.parent_path() / "grapevine";
  app.add_option("--only", only, "Measurements to make (default: all); several are allowed")
      ->check(CLI::IsMember({"hop", "cost", "bytes", "memory", "death", "shape"}));
  app.option_defaults()->always_capture_default();
  app.add_option("--server", options.server, "The grapevine program")->check(CLI::ExistingFile);
  app.add_option("--shards", options.shards, "Shards of each node")->check(CLI::Range(1, 64));
  app.add_option("--size", options.event_bytes, "Bytes of an event's data")
      ->check(CLI::Range(8, 10'240));
  app.add_option("--samples", options.samples, "hop: events on each side")
      ->check(CLI::Range(10, 1'000'000));
  app.add_option("--seconds", options.seconds, "cost, shape: length of one turn")
      ->check(CLI::Range(1, 60));
  app.add_option("--turns", options.turns, "cost: turns of each kind")->check(CLI::Range(1, 100));
  app.add_option("--subscribes", options.subscribes, "bytes: subscribes of the burst")
      ->check(CLI::Range(1, 1000));
  app.add_option("--channels", options.channels, "memory: channels the other node wants")
      ->check(CLI::Range(1000, 900'000));
  app.add_option("--deaths", options.deaths, "death: kills for each size of cluster")
      ->check(CLI::Range(1, 10'000));
  app.add_option("--subscribers", options.subscribers, "shape: subscribers, over all nodes")
      ->check(CLI::Range(1, 28'000));
  app.add_option("--shape-channels", options.shape_channels, "shape: channels")
      ->check(CLI::Range(1, 28'000));
  app.add_option("--limit", limit, "Seconds after which a repeating measurement ends early")
      ->check(CLI::Range(10, 36'000));
  app.add_flag("--json", json, "Print JSON");
  CLI11_PARSE(app, argc, argv);
  options.limit = std::chrono::seconds{limit};
  return grapevine::bench::run(options, only, json);
}
