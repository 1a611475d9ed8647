// What all runs for a promise have in common.

#include "promises.hpp"

#include "promise_run.hpp"
#include "sim_node.hpp"

#include <algorithm>

namespace grapevine::cluster::sim {

namespace {

using namespace std::chrono_literals;

constexpr duration before_end = 10s;
constexpr duration check_interval = 100ms;
/// Enough of them for a percentile.
constexpr std::size_t samples_min = 100;

constexpr auto calm_events = "event to another node, calm";

/// How long the network itself takes: at most `delay_max`, in order.
network_settings network_of(promise which) {
  network_settings s;
  if (which != promise::questions && which != promise::clocks)
    s.delay_max = 1ms;
  return s;
}

std::size_t nodes_of(const scenario_options& options, promise which) {
  if (options.nodes != 0)
    return options.nodes;
  const auto dice = options.seed / promises_count % 7;
  return which == promise::bounds ? 5 + dice % 5 : 3 + dice;
}

/// The 20 ms of promise 3 (docs/guarantees.md) and what the network takes, twice: to the node and,
/// for the first subscriber, back.
constexpr duration news = 20ms + 1ms;

presence_times::limits usual_limits() {
  return {.joined = {"user who came, announced elsewhere", news},
          .left = {"user who left, announced elsewhere", 250ms + news, 250ms},
          .sent_away = {"user sent away for good, announced elsewhere", 3s + news, 3s},
          .lost = {"user of a lost node, announced", 5s}};
}

}  // namespace

promise_run::promise_run(const scenario_options& options)
    : options_{options}, which_{static_cast<promise>(options.seed % promises_count)},
      nodes_{nodes_of(options, which_)}, world_{options.seed, nodes_, options.trace,
                                                network_of(which_)},
      oracle_{world_}, load_{world_, oracle_,
                             which_ == promise::bounds ? 16ms : world_.random.between(20ms, 60ms),
                             60 + world_.random.below(90)},
      ledger_{world_, oracle_}, presence_{world_, oracle_, figures_, usual_limits()},
      events_{world_, oracle_, figures_}, questions_{world_, oracle_, figures_, 400ms},
      faults_{world_, oracle_, load_, nodes_profile::everything,
              sim_clock::start + options.until - before_end} {}

void promise_run::start_all() {
  for (host_id host = 0; host < nodes_; ++host)
    world_.clock.after(world_.random.between(0ms, 1s), [&, host] { faults_.start(host); });
  world_.clock.after(1500ms, [&] { load_.run(); });
  check_for_ever();
}

void promise_run::check_for_ever() {
  oracle_.check();
  if (which_ == promise::bounds)
    check_memory();
  world_.clock.after(which_ == promise::bounds ? 10ms : check_interval,
                     [this] { check_for_ever(); });
}

bool promise_run::go(duration time) {
  const auto end = sim_clock::start + options_.until;
  const auto until = std::min(world_.clock.now() + time, end);
  if (!oracle_.failure())
    world_.clock.run_until(until);
  return !oracle_.failure() && world_.clock.now() < end;
}

void promise_run::fail(const std::string& what) {
  oracle_.fail(*oracle_.running().front(), what);
}

node_run& promise_run::any_node() {
  const auto all = oracle_.running();
  return *all[static_cast<std::size_t>(world_.random.below(all.size()))];
}

std::optional<std::string> promise_run::parted() const {
  const auto all = oracle_.running();
  for (const auto* a : all) {
    const auto peers = a->core().peers();
    for (const auto* b : all) {
      if (a == b)
        continue;
      const auto name = name_of(b->host());
      const auto* m = a->core().members().members().find(b->epoch());
      const auto p = std::ranges::find(peers, name, &node_core::peer_facts::name);
      if (!m || m->state != member_state::alive || p == peers.end() || !p->linked)
        return name_of(a->host()) + " has no link to " + name;
    }
    if (!a->core().settled())
      return name_of(a->host()) + " has not settled";
  }
  return std::nullopt;
}

std::optional<std::string> promise_run::misinformed(duration fresh, duration grace) const {
  for (auto* node : oracle_.running())
    for (std::size_t place = 0; place < node->channels(); ++place) {
      const auto& channel = node->at(place);
      if (!channel.name().presence || !channel.ready() || !channel.roster())
        continue;
      const auto ids = channel.roster()->user_ids();
      const std::set<std::string> shown{ids.begin(), ids.end()};
      const auto where = name_of(node->host()) + " of " + channel.name().name;
      if (!std::ranges::includes(shown, presence_.present(place, fresh)))
        return where + " lacks a member";
      if (!std::ranges::includes(presence_.not_gone(place, grace), shown))
        return where + " has a ghost";
    }
  return std::nullopt;
}

void promise_run::check_figure(const std::string& what, double share, duration most) {
  if (figures_.count(what) < samples_min || figures_.percentile(what, share) <= most)
    return;
  const std::chrono::duration<double, std::milli> found = figures_.percentile(what, share);
  fail(what + ": took " + std::to_string(found.count()) + " ms, too long");
}

scenario_result promise_run::run() {
  if (which_ == promise::bounds)
    set_bounds();
  for (nodes_witness* each :
       std::initializer_list<nodes_witness*>{&ledger_, &presence_, &events_, &questions_})
    oracle_.attach(*each);
  const bool orderly = which_ != promise::questions && which_ != promise::clocks;
  presence_.set_following(false);
  load_.set_users(30);
  if (which_ == promise::calm) {
    // Channels that mostly nobody wants, so that there are first subscribers; who is let in is to
    // get what is published elsewhere in that moment.
    for (unsigned n = 0; n < 16; ++n)
      world_.add_channel({"a", "rare-" + std::to_string(n), false, false});
    events_.on_first([this](node_run& at, std::size_t place) {
      if (auto& other = any_node(); &other != &at)
        load_.publish_at(other, place);
    });
  }
  start_all();
  go(3s);
  load_.fill(80);
  go(5s);
  presence_.set_following(orderly);
  presence_.set_strict(orderly);
  events_.set_strict(which_ == promise::calm);
  if (which_ == promise::calm)
    events_.set_label(calm_events);
  questions_.run();
  while (go(0ms) && world_.clock.now() < sim_clock::start + options_.until - before_end)
    episode();
  go(options_.until);
  if (!oracle_.failure())
    check_end();
  return {nodes_, oracle_.failure(), world_.clock.elapsed(), oracle_.converged_checks(), figures_};
}

void promise_run::episode() {
  static constexpr void (promise_run::*episodes[promises_count])() = {
      &promise_run::nothing,   &promise_run::end_some,  &promise_run::split,
      &promise_run::leave,     &promise_run::restart,   &promise_run::pause,
      &promise_run::slow_down, &promise_run::set_clock, &promise_run::fault};
  (this->*episodes[static_cast<std::size_t>(which_)])();
}

void promise_run::check_end() {
  oracle_.check_end();
  if (which_ == promise::calm) {
    // Two hand-overs of up to 0.3 ms are the simulation's own.
    check_figure(calm_events, 0.5, 1600us);
    check_figure(calm_events, 0.99, 1600us + 2ms);
    if (presence_.measured() == 0 || questions_.counts().compared == 0)
      fail("there is nothing to measure");
  }
  const auto& q = questions_.counts();
  world_.trace("measured ", presence_.measured(), " left out ", ledger_.left_out(), " refused ",
               load_.refused(), " asked ", q.asked, " compared ", q.compared, " partial ",
               q.partial, " most for a peer ", most_for_peer_, " node ", most_for_node_);
}

scenario_result run_promises(const scenario_options& options) {
  return promise_run{options}.run();
}

}  // namespace grapevine::cluster::sim
