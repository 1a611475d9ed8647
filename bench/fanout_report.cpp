#include "bench/fanout_report.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <ostream>

namespace grapevine::bench {
namespace {

using pairs = std::vector<fanout_pair>;

struct spread {
  double least, median, largest;
};

spread spread_of(const pairs& all, const std::function<double(const fanout_pair&)>& value) {
  std::vector<double> values;
  for (const auto& pair : all)
    values.push_back(value(pair));
  std::sort(values.begin(), values.end());
  const auto middle = values.size() / 2;
  const auto median =
      values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return {values.front(), median, values.back()};
}

/// The pairs of each load, loads in the order they were measured first.
std::vector<pairs> by_load(const pairs& all) {
  std::vector<pairs> groups;
  for (const auto& pair : all) {
    const auto same = std::find_if(groups.begin(), groups.end(), [&](const pairs& group) {
      return group.front().events_per_second == pair.events_per_second;
    });
    if (same == groups.end())
      groups.push_back({pair});
    else
      same->push_back(pair);
  }
  return groups;
}

std::string load_name(double events_per_second) {
  if (events_per_second <= 0)
    return "saturated";
  char text[32];
  std::snprintf(text, sizeof text, "%g events/s", events_per_second);
  return text;
}

void print_line(std::ostream& out, const std::string& load, const char* name, const pairs& group,
                const fanout_result fanout_pair::*side) {
  const auto median = [&](auto member) {
    return spread_of(group,
                     [&](const fanout_pair& pair) { return std::invoke(member, pair.*side); })
        .median;
  };
  char text[160];
  std::snprintf(text, sizeof text, "%-14s %-10s %12.0f %15.3f %10.0f %10.0f", load.c_str(), name,
                median(&fanout_result::deliveries_per_second),
                median(&fanout_result::cpu_us_per_delivery), median(&fanout_result::latency_us_p50),
                median(&fanout_result::latency_us_p99));
  out << text;
}

nlohmann::json to_json(const fanout_result& result) {
  return {{"events", result.events},
          {"deliveries", result.deliveries},
          {"deliveries_per_second", result.deliveries_per_second()},
          {"cpu_us_per_delivery", result.cpu_us_per_delivery()},
          {"latency_us_p50", result.latency_us_p50},
          {"latency_us_p99", result.latency_us_p99}};
}

}  // namespace

void print_table(std::ostream& out, const pairs& all) {
  out << "load           server     deliveries/s  CPU us/delivery     p50 us     p99 us"
         "  ratio (least-largest)\n";
  for (const auto& group : by_load(all)) {
    const auto load = load_name(group.front().events_per_second);
    print_line(out, load, "floor", group, &fanout_pair::floor);
    out << '\n';
    print_line(out, "", "grapevine", group, &fanout_pair::server);
    const auto ratio = spread_of(group, &fanout_pair::ratio);
    char text[64];
    std::snprintf(text, sizeof text, "  %.2f (%.2f-%.2f)", ratio.median, ratio.least,
                  ratio.largest);
    out << text << '\n';
  }
}

void print_json(std::ostream& out, const pairs& all) {
  auto loads = nlohmann::json::array();
  for (const auto& group : by_load(all)) {
    auto turns = nlohmann::json::array();
    for (const auto& pair : group)
      turns.push_back({{"floor", to_json(pair.floor)},
                       {"grapevine", to_json(pair.server)},
                       {"ratio", pair.ratio()}});
    loads.push_back({{"load", load_name(group.front().events_per_second)},
                     {"ratio_median", spread_of(group, &fanout_pair::ratio).median},
                     {"turns", std::move(turns)}});
  }
  out << nlohmann::json{{"loads", std::move(loads)}}.dump(2) << '\n';
}

}  // namespace grapevine::bench
