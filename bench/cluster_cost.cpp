// What a forwarded event costs the two nodes that it concerns. The same load, published in four
// ways that take turns:
//
//   alone        into a node without a cluster, nobody subscribed
//   served       into a node without a cluster, with the one subscriber
//   unwanted     into n2, nobody subscribed anywhere
//   forwarded    into n2, the one subscriber on n1
//
// Publisher's side: n2 in `forwarded` minus the node in `alone`, which is everything that belongs
// to the cluster. Subscriber's side: n1 in `forwarded` minus (`served` minus `alone`), the delivery
// to one subscriber. CPU is the processes' own, user and system.

#include "bench/cluster_load.hpp"
#include "bench/cluster_measurements.hpp"
#include "bench/node_group.hpp"
#include "bench/process_meter.hpp"
#include "bench/workload.hpp"

#include <array>

namespace grapevine::bench {

using namespace std::chrono_literals;

namespace {

struct load_kind {
  const char* name;
  std::size_t connections;
  std::size_t batch;
  std::size_t window;
};

constexpr std::array load_kinds{load_kind{"8 connections, 10 events a request", 8, 10, 4},
                                load_kind{"8 connections, 1 event a request", 8, 1, 4},
                                load_kind{"one event at a time", 1, 1, 1}};
/// So many are on their way at most, far below what a connection's outbox holds.
constexpr std::size_t undelivered_max = 2000;

/// CPU microseconds per event of one turn.
struct cost {
  double publisher = 0;
  double subscriber = 0;  ///< of the node with the subscriber; 0 without
  double events_per_second = 0;
};

/// The nodes with and without a subscriber, for one kind of load after the other.
class cost_trial {
public:
  bool start(const cluster_options& options, std::string& why) {
    options_ = options;
    lone_ = node_group::start(
        {.server = options.server, .nodes = 2, .shards = options.shards, .clustered = false}, why);
    pair_ = lone_ ? node_group::start(
                {.server = options.server, .nodes = 2, .shards = options.shards}, why)
                  : nullptr;
    idle_pair_ = pair_ ? node_group::start(
                     {.server = options.server, .nodes = 2, .shards = options.shards}, why)
                       : nullptr;
    if (!idle_pair_)
      return false;
    const auto bytes = event_message(options.event_bytes).size();
    nobody_ = std::make_unique<subscriber_swarm>(swarm_settings{});
    at_lone_ = std::make_unique<subscriber_swarm>(
        swarm_settings{.ports = {lone_->port(1)}, .connections = 1, .event_bytes = bytes});
    at_pair_ = std::make_unique<subscriber_swarm>(
        swarm_settings{.ports = {pair_->port(0)}, .connections = 1, .event_bytes = bytes});
    why = at_lone_->open(10s);
    if (why.empty())
      why = at_pair_->open(10s);
    return why.empty();
  }

  bool alone(const load_kind& kind, cost& out, std::string& why) {
    return run(*nobody_, 0, *lone_, 0, 0, kind, out, why);
  }
  bool served(const load_kind& kind, cost& out, std::string& why) {
    return run(*at_lone_, 1, *lone_, 1, 1, kind, out, why);
  }
  bool unwanted(const load_kind& kind, cost& out, std::string& why) {
    return run(*nobody_, 0, *idle_pair_, 1, 0, kind, out, why);
  }
  bool forwarded(const load_kind& kind, cost& out, std::string& why) {
    return run(*at_pair_, 1, *pair_, 1, 0, kind, out, why);
  }

private:
  bool run(subscriber_swarm& swarm, std::size_t subscribers, node_group& nodes,
           std::size_t publisher, std::size_t subscriber, const load_kind& kind, cost& out,
           std::string& why) {
    cluster_load load{swarm,
                      subscribers,
                      {.ports = {nodes.port(publisher)},
                       .connections = kind.connections,
                       .batch = kind.batch,
                       .event_bytes = options_.event_bytes,
                       .window = kind.window,
                       .undelivered_max = kind.window == 1 ? 1 : undelivered_max,
                       .duration = std::chrono::seconds{options_.seconds}}};
    const auto publisher_before = cpu_time(nodes.pid(publisher));
    const auto subscriber_before = cpu_time(nodes.pid(subscriber));
    load_result result;
    if (!load.run(result, why))
      return false;
    const auto per_event = [&](std::chrono::nanoseconds used) {
      return std::chrono::duration<double, std::micro>(used).count()
             / static_cast<double>(result.events);
    };
    out.publisher = per_event(cpu_time(nodes.pid(publisher)) - publisher_before);
    out.subscriber = per_event(cpu_time(nodes.pid(subscriber)) - subscriber_before);
    out.events_per_second = result.events_per_second();
    return true;
  }

  cluster_options options_;
  std::unique_ptr<node_group> lone_, pair_, idle_pair_;
  std::unique_ptr<subscriber_swarm> nobody_, at_lone_, at_pair_;
};

struct turn {
  cost alone, served, unwanted, forwarded;
};

void report(const load_kind& kind, const std::vector<turn>& turns, bool has_target,
            measurement& out) {
  const auto median = [&](auto value) {
    std::vector<double> values;
    for (const auto& each : turns)
      values.push_back(value(each));
    return percentile(values, 0.5);
  };
  const auto add = [&](const char* name, double value, const char* unit,
                       std::optional<double> target = std::nullopt) {
    out.add(std::string{kind.name} + ": " + name, value, unit, target);
  };
  const auto target = has_target ? std::optional{3.0} : std::nullopt;
  add("events per second, forwarded",
      median([](const turn& t) { return t.forwarded.events_per_second; }), "/s");
  add("node alone", median([](const turn& t) { return t.alone.publisher; }), "us CPU");
  add("node alone with the subscriber", median([](const turn& t) { return t.served.publisher; }),
      "us CPU");
  add("publisher's node, nobody wants it",
      median([](const turn& t) { return t.unwanted.publisher; }), "us CPU");
  add("publisher's node, forwarding", median([](const turn& t) { return t.forwarded.publisher; }),
      "us CPU");
  add("subscriber's node", median([](const turn& t) { return t.forwarded.subscriber; }), "us CPU");
  add("publisher's side, over a node alone",
      median([](const turn& t) { return t.forwarded.publisher - t.alone.publisher; }), "us CPU",
      target);
  add("publisher's side, over an unwanted event",
      median([](const turn& t) { return t.forwarded.publisher - t.unwanted.publisher; }), "us CPU");
  add("subscriber's side, less the delivery", median([](const turn& t) {
        return t.forwarded.subscriber - (t.served.publisher - t.alone.publisher);
      }),
      "us CPU", target);
}

}  // namespace

bool measure_cost(const cluster_options& options, measurement& out, std::string& why) {
  const auto deadline = std::chrono::steady_clock::now() + options.limit;
  cost_trial trial;
  if (!trial.start(options, why))
    return false;
  for (const auto& kind : load_kinds) {
    std::vector<turn> turns;
    // The first turn warms up.
    for (unsigned i = 0; i <= options.turns && std::chrono::steady_clock::now() < deadline; ++i) {
      turn one;
      if (!trial.alone(kind, one.alone, why) || !trial.served(kind, one.served, why)
          || !trial.unwanted(kind, one.unwanted, why) || !trial.forwarded(kind, one.forwarded, why))
        return false;
      if (i > 0)
        turns.push_back(one);
    }
    if (!turns.empty())
      report(kind, turns, kind.batch > 1, out);
  }
  return true;
}

}  // namespace grapevine::bench
