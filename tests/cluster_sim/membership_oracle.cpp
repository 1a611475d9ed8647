#include "membership_oracle.hpp"

#include <algorithm>
#include <utility>

namespace grapevine::cluster::sim {

namespace {

using namespace std::chrono_literals;

/// Invariant 6 (docs/cluster.md) and promise 5 (docs/guarantees.md): views are equal and all are
/// linked this long after the last disturbance.
constexpr duration convergence = 5s;
/// Invariant 4: a path has to be whole for so long before its silence counts as a wrong verdict; as
/// long as links may take to come back.
constexpr duration verdict_window = 5s;

}  // namespace

membership_oracle::membership_oracle(membership_world& world)
    : world_{world}, last_disturbance_{world.clock.now()}, allowed_{convergence} {}

void membership_oracle::fail(std::string why) {
  if (failure_)
    return;
  world_.trace("FAILURE ", why);
  failure_ = std::move(why);
  world_.clock.stop();
}

void membership_oracle::disturbed() {
  disturbed(convergence);
}

void membership_oracle::disturbed(duration allowed) {
  last_disturbance_ = world_.clock.now();
  allowed_ = allowed;
}

bool membership_oracle::for_long(std::optional<time_point> since, duration time) const {
  return since && world_.clock.now() - *since >= time;
}

bool membership_oracle::calm_for(duration time, std::optional<host_id> except) const {
  if (!for_long(last_disturbance_, time))
    return false;
  for (host_id a = 0; a < world_.hosts(); ++a) {
    if (a != except && world_.at(a) && !for_long(world_.network.awake_since(a), time))
      return false;
    for (host_id b = a + 1; b < world_.hosts(); ++b)
      if (world_.at(a) && world_.at(b) && !for_long(world_.network.path_whole_since(a, b), time))
        return false;
  }
  return true;
}

void membership_oracle::changed(const sim_node& by, const changed_effect& change) {
  const auto* m = by.view().members().find(change.peer);
  world_.trace(name_of(by.host()), " sees ", m ? m->info.name : "?", " ", change.peer, " ",
               change.from ? to_string(*change.from) : "unknown", " to ", to_string(change.to),
               change.superseded ? ", superseded" : "");
  auto& seen = memories_[by.epoch()];
  const bool serving = change.to == member_state::alive || change.to == member_state::suspect;
  if (serving) {
    if (seen.gone.contains(change.peer))
      fail(name_of(by.host()) + " revives a run that has left or was superseded");
    if (!m)
      return fail(name_of(by.host()) + " speaks of a member that is not in its table");
    auto& highest = seen.highest[m->info.name];
    if (change.peer < highest)
      fail(name_of(by.host()) + " goes back to an older run of " + m->info.name);
    highest = change.peer;
    return;
  }
  if (change.superseded || change.to == member_state::left)
    seen.gone.insert(change.peer);
  const auto* subject = world_.find(change.peer);
  if (!subject)
    return;
  if (change.superseded)
    fail(name_of(by.host()) + " takes the only run of " + name_of(subject->host())
         + " for superseded");
  if (change.to == member_state::dead)
    check_death(by, *subject);
}

/// Invariant 4, which counts one relay as a way. That the observer itself was stopped is no excuse.
void membership_oracle::check_death(const sim_node& by, const sim_node& of) {
  const auto awake = [&](host_id host) {
    return for_long(world_.network.awake_since(host), verdict_window);
  };
  const auto path = [&](host_id a, host_id b) {
    return for_long(world_.network.path_whole_since(a, b), verdict_window);
  };
  if (!awake(of.host()))
    return;
  bool reachable = path(by.host(), of.host());
  for (host_id via = 0; via < world_.hosts(); ++via)
    if (via != by.host() && via != of.host() && awake(via))
      reachable = reachable || (path(by.host(), via) && path(via, of.host()));
  if (reachable)
    fail(name_of(by.host()) + " declares " + name_of(of.host()) + " dead, which it can reach");
}

/// P6: everybody knew when the leaver was done.
void membership_oracle::left(const sim_node& leaver) {
  world_.trace(name_of(leaver.host()), " has left");
  if (calm_for(convergence - 1s))
    for (host_id host = 0; host < world_.hosts(); ++host) {
      const auto* node = world_.at(host);
      if (!node || node == &leaver)
        continue;
      const auto* m = node->view().members().find(leaver.epoch());
      if (m && m->state != member_state::left)
        fail(name_of(host) + " has not heard that " + name_of(leaver.host()) + " leaves");
    }
}

void membership_oracle::check() {
  if (!calm_for(allowed_))
    return;
  ++converged_checks_;
  if (auto problem = disagreement())
    fail(*problem);
}

std::optional<std::string> membership_oracle::disagreement() const {
  for (host_id a = 0; a < world_.hosts(); ++a) {
    const auto* node = world_.at(a);
    if (!node)
      continue;
    std::size_t others = 0;
    for (host_id b = 0; b < world_.hosts(); ++b) {
      const auto* other = world_.at(b);
      if (!other || other == node)
        continue;
      ++others;
      const auto what = name_of(a) + " has " + name_of(b) + " ";
      const auto* m = node->view().members().find(other->epoch());
      if (!m)
        return what + "not at all";
      if (m->state != member_state::alive)
        return what + std::string{to_string(m->state)};
      if (m->info.incarnation != other->view().self().incarnation)
        return what + "in another incarnation";
      if (!m->linked || !node->linked(other->epoch()))
        return what + "not linked";
    }
    if (node->view().members().serving() != others)
      return name_of(a) + " has a ghost";
  }
  return std::nullopt;
}

}  // namespace grapevine::cluster::sim
