// Two nodes that cannot link, while a third reaches both: events go through it.

#include "nodes_oracle.hpp"

#include <algorithm>

namespace grapevine::cluster::sim {

namespace {

using namespace std::chrono_literals;

/// Until both ends know that their link is of no use (4 s of silence), have agreed on a way round
/// it and made up for what waited.
constexpr duration relay_begins = 6s;
/// The third node has to be there, linked to both and ready, for longer: links take up to 3 s to
/// come back, and a refused or silent relay costs another try.
constexpr duration relay_whole = 9s;

}  // namespace

/// True while each of the two has had a whole path to a third node, and all three were awake.
bool nodes_oracle::relayed(const node_run& a, const node_run& b) const {
  const auto awake = [&](const node_run& who) {
    return for_long(world_.network.awake_since(who.host()), relay_whole);
  };
  const auto linked = [&](const node_run& x, const node_run& y) {
    return path_whole(x.host(), y.host(), relay_whole)
           && for_long(world_.network.last_cut(x.host(), y.host()), relay_whole);
  };
  if (!awake(a) || !awake(b))
    return false;
  const auto all = running();
  return std::ranges::any_of(all, [&](const node_run* via) {
    return via != &a && via != &b && !via->leaving() && awake(*via) && linked(a, *via)
           && linked(*via, b);
  });
}

void nodes_oracle::check_relayed() {
  if (spoilt_ || world_.setting.credit_late_percent != 0)
    return;
  for (const auto& [what, e] : expected_) {
    if (!for_long(e.at, relay_begins))
      continue;
    const auto* from = world_.find(e.from);
    const auto* to = world_.find(e.to);
    if (!from || !to || path_whole(from->host(), to->host(), 0ms))
      continue;
    // Each must have taken the other for alive all the time, or a queue was given up.
    const auto trusts = [&](const node_run& x, const node_run& y) {
      const auto met = met_.find({x.epoch(), y.epoch()});
      return met == met_.end() || for_long(met->second, relay_whole);
    };
    if (!trusts(*from, *to) || !trusts(*to, *from) || !relayed(*from, *to))
      continue;
    fail(*to, "has not got event " + std::to_string(what.second) + " of a node it reaches through "
                  + "another");
    return;
  }
}

}  // namespace grapevine::cluster::sim
