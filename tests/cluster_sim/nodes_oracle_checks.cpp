// What the oracle looks at every now and then: bounds always, agreement when all has been whole for
// long enough.

#include "nodes_oracle.hpp"
#include "sim_node.hpp"

#include <algorithm>

namespace grapevine::cluster::sim {

namespace {

using namespace std::chrono_literals;

/// Invariants 6 to 9 (docs/cluster.md), and P4, P5 and P7 (promises 4, 5 and 7 of
/// docs/guarantees.md) hold this long after the last disturbance.
constexpr duration convergence = 5s;
/// A want needs its acknowledgements or 100 ms, an end of one the linger of up to 2.5 s.
constexpr duration want_spreads = 1s;
constexpr duration want_ends = 4s;
constexpr duration flags_spread = 1s;
/// P3; with an owner who does not answer the subscriber waits 100 ms.
constexpr duration join_spreads = 1s;
/// The grace of a user who moves, and some time for all to agree.
constexpr duration leave_spreads = 4s;
constexpr duration event_arrives = 3s;
constexpr duration newest_spreads = 1s;
/// A frame that never arrived is noticed by the next digest but one at the latest.
constexpr duration repair = 12s;

}  // namespace

void nodes_oracle::check() {
  for (auto* each : witnesses_)
    each->check();
  for (auto* node : running()) {
    check_bounds(*node);
    note_timeouts(*node);
    for (std::size_t place = 0; place < world_.setting.channels.size(); ++place)
      check_subscribers(*node, node->at(place));
  }
  check_relayed();
  if (!calm_for(spoilt_ ? repair : convergence)
      || std::ranges::any_of(running(), &node_run::departing))
    return;
  ++converged_checks_;
  for (auto* a : running()) {
    const auto stats = a->core().stats();
    if (!spoilt_ && stats.interest_repairs + stats.roster_repairs > 0)
      fail(*a, "had to repair " + std::to_string(stats.interest_repairs) + " times interest, "
                   + std::to_string(stats.roster_repairs) + " times rosters");
    for (auto* b : running())
      if (a != b) {
        check_members(*a, *b);
        check_interest(*a, *b);
      }
    for (std::size_t place = 0; place < world_.setting.channels.size(); ++place)
      check_cache(*a, a->at(place));
  }
  check_missing();
  check_rosters();
}

/// Invariant 3. A push may end above a bound by what cannot be given up: what is kept for replay,
/// and one segment.
void nodes_oracle::check_bounds(const node_run& node) {
  const auto& s = world_.setting.session;
  const auto most = s.hard + s.window + s.state_max + s.control_max + s.segment_max;
  for (const auto& each : node.core().peers())
    if (each.queue_bytes > most)
      fail(node, "holds " + std::to_string(each.queue_bytes) + " bytes for " + each.name);
}

void nodes_oracle::check_members(const node_run& node, const node_run& other) {
  const auto what = "has " + name_of(other.host()) + " ";
  const auto& table = node.core().members().members();
  const auto* m = table.find(other.epoch());
  if (!m)
    return fail(node, what + "not at all");
  if (m->state != member_state::alive)
    return fail(node, what + std::string{to_string(m->state)});
  if (m->info.incarnation != other.core().members().self().incarnation
      && for_long(flags_changed_, flags_spread))
    return fail(node, what + "in another incarnation");
  const auto facts = node.core().peers();
  const auto peer = std::ranges::find(facts, name_of(other.host()), &node_core::peer_facts::name);
  if (peer == facts.end() || !peer->linked)
    return fail(node, what + "not linked");
  if (table.serving() + 1 != running().size())
    return fail(node, "has a ghost");
  if (!node.core().settled()) {
    for (const auto& each : facts)
      world_.trace("  ", each.name, " linked ", each.linked, " slow ", each.slow, " queue ",
                   each.queue_bytes, " keys ", each.interest_keys);
    return fail(node, "has not settled");
  }
}

/// Invariants 6 and 9.
void nodes_oracle::check_interest(const node_run& node, node_run& other) {
  for (std::size_t place = 0; place < world_.setting.channels.size(); ++place) {
    const auto& c = world_.setting.channels[place];
    const auto& channel = other.at(place);
    const bool known = node.core().wanted_by(other.epoch(), c.key);
    const auto where = name_of(other.host()) + " wants " + c.app + "/" + c.name;
    if (channel.wanted() && !known && for_long(channel.wanted_since(), want_spreads))
      fail(node, "does not know that " + where);
    if (!channel.wanted() && known && for_long(channel.idle_since(), want_ends))
      fail(node, "believes that " + where);
    for (const unsigned rank : {0u, 1u})
      if (node.core().owner_of(c.key, rank) != other.core().owner_of(c.key, rank)
          && for_long(flags_changed_, flags_spread))
        fail(node, "has another owner for " + c.name + " than " + name_of(other.host()));
  }
}

/// Invariant 8.
void nodes_oracle::check_missing() {
  std::map<std::pair<epoch_t, epoch_t>, std::set<std::uint64_t>> missing;
  for (auto i = expected_.begin(); i != expected_.end();) {
    const auto& e = i->second;
    if (!for_long(e.at, event_arrives)) {
      ++i;
      continue;
    }
    missing[{e.from, e.to}].insert(i->first.second);
    i = expected_.erase(i);
  }
  for (const auto& [between, events] : missing) {
    const auto* from = world_.find(between.first);
    const auto* to = world_.find(between.second);
    if (!from || !to)
      continue;
    auto& gap = gaps_[{to->epoch(), name_of(from->host())}];
    counts_.missing += events.size();
    if (events.size() > gap)
      fail(*to, "has not got " + std::to_string(events.size()) + " events of "
                    + name_of(from->host()) + ", first " + std::to_string(*events.begin())
                    + ", and knows of " + std::to_string(gap) + " left out");
    gap -= std::min<std::uint64_t>(gap, events.size());
  }
}

/// Invariant 2.
void nodes_oracle::check_subscribers(node_run& node, sim_channel& channel) {
  if (!channel.roster() || !channel.told_all())
    return;
  std::set<std::string> announced;
  for (auto& user : channel.roster()->user_ids())
    announced.insert(std::move(user));
  for (const auto& [socket, told] : channel.subscribers())
    if (told.members != announced)
      fail(node, "has told " + std::to_string(socket) + " of other members than it has in "
                     + channel.name().name);
}

/// Invariant 7.
void nodes_oracle::check_rosters() {
  for (std::size_t place = 0; place < world_.setting.channels.size(); ++place) {
    if (!world_.setting.channels[place].presence)
      continue;
    std::set<std::string> truth;
    for (auto* node : running())
      for (const auto& [socket, told] : node->at(place).subscribers())
        truth.insert(told.user);
    std::map<std::string, std::string> shown;
    for (auto* node : running()) {
      const auto& channel = node->at(place);
      if (!channel.ready() || !channel.roster() || !for_long(channel.ready_since(), join_spreads))
        continue;
      std::map<std::string, std::string> held;
      for (auto& [user, info] : channel.roster()->members())
        held.emplace(user, info);
      const auto where = " in " + world_.setting.channels[place].name;
      for (const auto& user : truth)
        if (!held.contains(user) && for_long(changes_[{place, user}], join_spreads))
          fail(*node, "lacks " + user + where);
      for (const auto& [user, info] : held) {
        if (!for_long(changes_[{place, user}], leave_spreads))
          continue;
        if (!truth.contains(user))
          fail(*node, "has the ghost of " + user + where);
        if (shown.try_emplace(user, info).first->second != info)
          fail(*node, "shows another info of " + user + where);
      }
    }
  }
}

/// The newest event of a cache channel wins everywhere, as long as nobody who held it has gone.
void nodes_oracle::check_cache(node_run& node, sim_channel& channel) {
  const auto found = newest_.find(channel.place());
  if (!channel.name().cache || !channel.ready() || found == newest_.end() || spoilt_)
    return;
  const auto& last = found->second;
  if (last.turnover != turnover_ || !for_long(last.at, newest_spreads) || !calm_for(convergence)
      || world_.setting.credit_late_percent != 0)
    return;
  ++counts_.cached;
  if (!channel.cached() || number_of(channel.cached()->data) != last.event)
    fail(node,
         "has not the newest event of " + channel.name().name + ", " + std::to_string(last.event));
}

void nodes_oracle::check_end() {
  for (auto* each : witnesses_)
    each->check_end();
  for (auto* node : running()) {
    const auto stats = node->core().stats();
    counts_.repairs += stats.interest_repairs + stats.roster_repairs;
  }
  if (spoilt_interest_ && counts_.repairs == 0 && !running().empty())
    fail(*running().front(), "nor anybody else has noticed that a frame was spoilt");
}

}  // namespace grapevine::cluster::sim
