#pragma once

#include "nodes_witness.hpp"
#include "nodes_world.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace grapevine::cluster::sim {

/// Knows what is true in a simulation of whole nodes and says when one of them does what it must
/// not; the numbers are those of the invariants in cluster.md section 9.
class nodes_oracle {
public:
  explicit nodes_oracle(nodes_world&);

  /// Outlives the simulation; asked to check with every `check`.
  void attach(nodes_witness&);

  // -- told by the scenario
  /// A fault began or ended, a run was started or told to leave.
  void disturbed();
  /// The run has ended without a word.
  void ended(node_run&);
  /// This user leaves and is back in time: until then, and for as long as nothing else happens to
  /// him, nobody is told anything.
  void watch_return(std::size_t place, const std::string& user, time_point until);
  /// Nothing has happened to him for a second.
  bool steady(std::size_t place, const std::string& user) const;
  /// He is not back after all.
  void forget_return(std::size_t place, const std::string& user) {
    watched_.erase({place, user});
  }
  void published(node_run& by, std::size_t place, std::uint64_t event,
                 std::optional<socket_id> except);
  void check();
  void check_end();

  // -- told by nodes and their channels
  void let_in(node_run&, sim_channel&, socket_id);
  void goes(node_run&, sim_channel&, socket_id, bool moving);
  void delivered(node_run&, sim_channel&, socket_id, told_subscriber&, epoch_t publisher,
                 std::uint64_t event, const std::optional<std::string>& user);
  void announced(node_run&, sim_channel&, const roster_view::announcement&);
  void kept(sim_channel&, std::uint64_t event, std::uint64_t hlc, epoch_t publisher);
  void forwarded(node_run& by, std::size_t place, std::uint64_t event, bool cache);
  void changed(node_run& by, const member_news&);
  void link(node_run& by, const link_news&);
  void departed(node_run&);
  void read(node_run&, epoch_t from, const event_tally&);
  void renewed(node_run&, epoch_t before);
  void asked(node_run& by, const question&);
  void answers(node_run& by, const question&);
  void gathered(node_run& by, const gathered_answers&);
  /// A node has become ready, or leaves: that has to spread.
  void flags_changed();
  void spoilt(node_run&, bool interest);
  void fail(const node_run&, const std::string& what);

  const std::optional<std::string>& failure() const noexcept {
    return failure_;
  }
  /// Nothing has disturbed anything for that long, but what was done to `except`.
  bool calm_for(duration, std::optional<host_id> except = std::nullopt) const;
  std::vector<node_run*> running() const;
  std::size_t converged_checks() const noexcept {
    return converged_checks_;
  }

  struct tally {
    std::uint64_t published = 0;
    std::uint64_t expected = 0;
    std::uint64_t missing = 0;  ///< explained by gaps
    std::uint64_t returns = 0;
    std::uint64_t cached = 0;
    std::uint64_t repairs = 0;
  };
  const tally& counts() const noexcept {
    return counts_;
  }

private:
  struct expectation {
    epoch_t from;
    epoch_t to;
    time_point at;
    std::size_t place;
  };
  struct watched {
    time_point from;
    time_point until;
  };
  struct newest {
    std::uint64_t event = 0;
    std::pair<std::uint64_t, epoch_t> stamp{};
    time_point at{};
    std::size_t turnover = 0;
  };
  struct candidate {
    epoch_t at;
    time_point ready_since;
    std::vector<socket_id> sockets;
  };

  bool for_long(std::optional<time_point> since, duration) const;
  bool path_whole(host_id, host_id, duration) const;
  void check_death(const node_run& by, const node_run& of);
  void check_want_known(const node_run& by, node_run& at, std::size_t place, std::uint64_t event);
  void forget_between(epoch_t, epoch_t);
  void run_is_over(node_run&, bool left);
  void note_timeouts(const node_run&);
  void check_bounds(const node_run&);
  void check_missing();
  void check_relayed();
  bool relayed(const node_run&, const node_run&) const;
  void check_members(const node_run&, const node_run& other);
  void check_interest(const node_run&, node_run& other);
  void check_rosters();
  void check_subscribers(node_run&, sim_channel&);
  void check_cache(node_run&, sim_channel&);
  nodes_world& world_;
  std::vector<nodes_witness*> witnesses_;
  std::optional<std::string> failure_;
  time_point last_disturbance_;
  time_point flags_changed_{};
  std::size_t turnover_ = 0;  ///< runs that have ended
  std::size_t converged_checks_ = 0;
  tally counts_;
  bool spoilt_ = false;
  bool spoilt_interest_ = false;

  std::map<std::uint64_t, socket_id> excepted_;                 ///< by event
  std::map<std::uint64_t, std::vector<candidate>> candidates_;  ///< by event on its way to the core
  std::map<std::pair<socket_id, std::uint64_t>, expectation> expected_;
  std::map<std::pair<epoch_t, std::string>, std::uint64_t> gaps_;  ///< {receiver, sender}
  std::map<std::pair<epoch_t, epoch_t>, time_point> trusted_;  ///< {by, of}: alive, linked since
  std::map<std::pair<epoch_t, epoch_t>, time_point> met_;      ///< {by, of}: new or back
  std::map<std::pair<epoch_t, epoch_t>, time_point> dropped_;  ///< {by, of}: dead or left
  std::map<epoch_t, std::pair<std::uint64_t, time_point>> timeouts_;   ///< of acks, and when seen
  std::map<std::pair<std::size_t, std::string>, time_point> changes_;  ///< of a user's sockets
  std::map<std::pair<std::size_t, std::string>, watched> watched_;
  std::map<std::size_t, newest> newest_;
};

}  // namespace grapevine::cluster::sim
