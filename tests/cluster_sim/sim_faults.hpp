#pragma once

#include "cluster/random.hpp"
#include "sim_network.hpp"
#include "sim_trace.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace grapevine::cluster::sim {

/// One direction between two hosts.
using sim_path = std::pair<host_id, host_id>;

/// The paths between hosts on different sides: bit n of `sides` is the side of host n. In pairs of
/// both directions, or, `by_host`, first all that lead away from host 0.
std::vector<sim_path> paths_across(std::size_t hosts, std::uint64_t sides, bool by_host);
/// Blocks or unblocks them in this order.
void set_blocked(sim_network&, const std::vector<sim_path>&, bool blocked);

/// Where the simulations differ, so that each keeps the traces of its seeds.
struct fault_style {
  unsigned short_rests_percent = 60;  ///< how often the next fault comes soon
  bool names_ends = true;             ///< the trace says which fault ends, not only that one does
  bool splits_by_host = false;        ///< as of `paths_across`
};

/// Breaks hosts and the paths between them until a given time, by which everything is whole again.
/// Here are the faults that need no more than the network; what a host suffers by itself is for
/// those who know what runs there.
class sim_faults {
public:
  virtual ~sim_faults() = default;

  /// One fault after another. Rests between them are short, so that faults overlap, or long enough
  /// to see it converge.
  void run();
  /// Starts what runs at that host, unless it does.
  virtual void start(host_id) = 0;

protected:
  sim_faults(sim_clock&, random_source&, sim_network&, const sim_trace&, std::size_t hosts,
             time_point heal_at, const fault_style&);

  /// One fault of those that the run is about.
  virtual void strike() = 0;
  /// A fault begins or ends.
  virtual void disturbed() = 0;
  /// Packets wait for that time.
  virtual void stalled(const sim_path&, duration) {}

  // -- what faults are made of

  host_id any_host();
  sim_path any_pair();
  /// At that time, but not after everything has to be healed.
  void in_time(time_point, std::function<void()>);
  /// A fault has begun: ends it after a random time. `end`: what the trace says then.
  void begin(duration shortest, duration longest, std::string end, std::function<void()> undo);
  /// At once, later, or never.
  void restart_later(host_id);

  // -- faults

  void cut();
  void cut_repeatedly();
  void stall();
  void break_pair();
  void break_one_way();
  void refuse_dials();
  void partition();
  void isolate_partly();

private:
  void cut(const sim_path&);
  void block(std::vector<sim_path>, duration shortest, duration longest, std::string end);

  sim_clock& clock_;
  random_source& random_;
  sim_network& network_;
  const sim_trace& trace_;
  std::size_t hosts_;
  time_point heal_at_;
  fault_style style_;
};

}  // namespace grapevine::cluster::sim
