// Runs the cluster's pure classes in virtual time: `cluster_sim --scenario membership
// --seeds 1..400`.

#include "membership_figures.hpp"
#include "membership_scenario.hpp"
#include "nodes_scenario.hpp"
#include "promises.hpp"

#include <CLI/CLI.hpp>

#include <fstream>
#include <iomanip>
#include <iostream>
#include <sstream>

using namespace grapevine::cluster::sim;

namespace {

constexpr std::size_t failed_shown = 20;

struct arguments {
  std::string scenario = "membership";
  std::uint64_t seed = 1;
  std::string seeds;       ///< "A..B"
  std::string seeds_file;  ///< always run as well: one seed a line, '#' begins a comment
  std::size_t nodes = 0;
  double until = 60;
  double minutes = 0;
  bool trace = false;
  bool twice = false;
};

scenario_options options_for(const arguments& given, std::uint64_t seed, std::ostream* trace) {
  const std::chrono::duration<double> until{given.until};
  return {seed, given.nodes, std::chrono::duration_cast<grapevine::cluster::duration>(until),
          trace};
}

std::vector<std::uint64_t> chosen_seeds(const arguments& given) {
  std::vector<std::uint64_t> seeds;
  if (std::ifstream file{given.seeds_file}; file)
    for (std::string line; std::getline(file, line);)
      if (std::istringstream words{line.substr(0, line.find('#'))}; !words.eof())
        for (std::uint64_t seed = 0; words >> seed;)
          seeds.push_back(seed);
  const auto dots = given.seeds.find("..");
  if (dots == std::string::npos) {
    if (given.seeds.empty() && seeds.empty())
      seeds.push_back(given.seed);
    return seeds;
  }
  for (auto seed = std::stoull(given.seeds.substr(0, dots)),
            last = std::stoull(given.seeds.substr(dots + 2));
       seed <= last; ++seed)
    seeds.push_back(seed);
  return seeds;
}

void report(const arguments& given, std::uint64_t seed, const scenario_result& result) {
  const std::chrono::duration<double> ended = result.ended;
  std::cout << "FAILED at " << ended.count() << " s: " << *result.failure
            << "\n  replay: cluster_sim"
            << " --scenario " << given.scenario << " --seed " << seed << " --nodes " << result.nodes
            << " --until " << given.until << " --trace\n";
}

scenario_result run(const arguments& given, std::uint64_t seed, std::ostream* trace) {
  const auto options = options_for(given, seed, trace);
  if (given.scenario == "membership")
    return run_membership(options);
  if (given.scenario == "promises")
    return run_promises(options);
  return run_nodes(options, given.scenario == "nodes-spoilt");
}

/// The number of seeds that failed. With `minutes`, further seeds follow the chosen ones until they
/// are over.
std::size_t run_seeds(const arguments& given) {
  using clock = std::chrono::steady_clock;
  const auto end = clock::now() + std::chrono::duration<double, std::ratio<60>>{given.minutes};
  std::vector<std::uint64_t> failed;
  std::size_t runs = 0;
  std::size_t comparisons = 0;
  figures measured;
  const auto run_one = [&](std::uint64_t seed) {
    const auto result = run(given, seed, given.trace ? &std::cout : nullptr);
    ++runs;
    comparisons += result.converged_checks;
    measured.add(result.measured);
    if (result.failure) {
      failed.push_back(seed);
      report(given, seed, result);
    }
  };
  const auto seeds = chosen_seeds(given);
  for (const auto seed : seeds)
    run_one(seed);
  for (auto seed = seeds.empty() ? given.seed : seeds.back() + 1; clock::now() < end; ++seed)
    run_one(seed);
  measured.print(std::cout);
  std::cout << runs << " runs of " << given.until << " s, views compared " << comparisons
            << " times, " << failed.size() << " failed\n";
  if (!failed.empty()) {
    std::cout << "failed seeds:";
    for (std::size_t i = 0; i < failed.size() && i < failed_shown; ++i)
      std::cout << ' ' << failed[i];
    std::cout << (failed.size() > failed_shown ? " and more\n" : "\n");
  }
  return failed.size();
}

/// True if two runs of each seed write the same trace.
bool repeats(const arguments& given) {
  for (const auto seed : chosen_seeds(given)) {
    std::ostringstream first;
    std::ostringstream second;
    run(given, seed, &first);
    run(given, seed, &second);
    if (first.str().empty() || first.str() != second.str()) {
      std::cout << "seed " << seed << " does not repeat itself\n";
      return false;
    }
    std::cout << "seed " << seed << " repeats " << first.str().size() << " bytes of trace\n";
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  arguments given;
  CLI::App app{"The cluster's classes in virtual time"};
  app.add_option("--scenario", given.scenario,
                 "what is simulated: membership alone, whole nodes under faults, such whose frames "
                 "are spoilt, or one promise of the cluster at a time with its figures; "
                 "membership-figures prints the table of times to death and healing")
      ->check(
          CLI::IsMember({"membership", "membership-figures", "nodes", "nodes-spoilt", "promises"}));
  app.add_option("--seed", given.seed, "one seed");
  app.add_option("--seeds", given.seeds, "a range of seeds, A..B");
  app.add_option("--seeds-file", given.seeds_file, "seeds that are run before the others")
      ->check(CLI::ExistingFile);
  app.add_option("--nodes", given.nodes, "how many nodes; without it 3 to 9, as the seed decides");
  app.add_option("--until", given.until, "virtual seconds")->check(CLI::Range(15.0, 1e6));
  app.add_option("--minutes", given.minutes,
                 "go on with the seeds behind the given ones until so much time is over")
      ->check(CLI::NonNegativeNumber);
  app.add_flag("--trace", given.trace, "write every event");
  app.add_flag("--twice", given.twice, "only check that two runs write the same trace");
  CLI11_PARSE(app, argc, argv);
  if (given.scenario == "membership-figures")
    return check_membership_figures(given.seed, std::cout) ? 0 : 1;
  if (given.twice)
    return repeats(given) ? 0 : 1;
  return run_seeds(given) == 0 ? 0 : 1;
}
