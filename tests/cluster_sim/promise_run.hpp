#pragma once

#include "event_ledger.hpp"
#include "event_times.hpp"
#include "nodes_faults.hpp"
#include "presence_times.hpp"
#include "promises.hpp"
#include "questions_load.hpp"

namespace grapevine::cluster::sim {

/// What is looked at in one run. P1 to P9 are the numbers of docs/guarantees.md, here and in the
/// other files of the simulator; invariants are those of docs/cluster.md section 3.
enum class promise : std::uint8_t {
  calm,        ///< P1, P2, P3
  deaths,      ///< P4
  partitions,  ///< P5
  leaves,      ///< P6
  restarts,    ///< P7
  pauses,      ///< P8
  bounds,      ///< P9
  clocks,      ///< wall clocks that are set, epochs that go back
  questions,   ///< under every kind of fault
};
inline constexpr std::uint64_t promises_count = 9;

/// One run for one promise: all witnesses, and the episodes that make something happen.
class promise_run {
public:
  explicit promise_run(const scenario_options&);

  scenario_result run();

private:
  // promises.cpp
  void start_all();
  void check_for_ever();
  void episode();
  void check_end();
  /// Lets the load and everything else go on; false when the run is over or has failed.
  bool go(duration);
  /// Goes on until `holds` does, and notes how long it took since now. A failure after `most`.
  template <class Condition>
  bool until(const char* what, duration most, const Condition& holds);
  node_run& any_node();
  /// Empty if every node has every other one alive, linked and settled.
  std::optional<std::string> parted() const;
  /// Empty if all subscribers are shown who is there; who went less than `grace` ago may be shown.
  std::optional<std::string> misinformed(duration fresh, duration grace) const;
  void fail(const std::string&);
  void check_figure(const std::string& what, double share, duration most);

  // promises_faults.cpp: one episode each
  void nothing();
  void end_some();
  void split();
  void leave();
  void restart();
  void pause();
  void set_clock();
  void fault();
  std::vector<host_id> some_hosts(std::size_t most);

  // promises_bounds.cpp
  void set_bounds();
  void slow_down();
  void check_memory();

  scenario_options options_;
  promise which_;
  std::size_t nodes_;
  figures figures_;
  nodes_world world_;
  nodes_oracle oracle_;
  nodes_load load_;
  event_ledger ledger_;
  presence_times presence_;
  event_times events_;
  questions_load questions_;
  nodes_faults faults_;
  bool faults_run_ = false;
  std::size_t most_for_peer_ = 0;
  std::size_t most_for_node_ = 0;
};

template <class Condition>
bool promise_run::until(const char* what, duration most, const Condition& holds) {
  const auto since = world_.clock.now();
  std::optional<std::string> why;
  while ((why = holds())) {
    if (world_.clock.now() - since > most) {
      fail(std::string{what} + ": not in time, " + *why);
      return false;
    }
    if (!go(std::chrono::milliseconds{2}))
      return false;
  }
  figures_.add(what, world_.clock.now() - since);
  return true;
}

}  // namespace grapevine::cluster::sim
