#pragma once

#include "membership_world.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>

namespace grapevine::cluster::sim {

/// Knows what is true in a simulation and says when a node believes what it must not; the numbers
/// are those of the invariants in cluster.md section 9 that concern membership.
class membership_oracle {
public:
  explicit membership_oracle(membership_world&);

  /// The world has changed on purpose: a run was started, killed or told to leave, a fault began or
  /// ended.
  void disturbed();
  /// The same, and everything must be in order again in less than the usual time.
  void disturbed(duration allowed);

  void changed(const sim_node& by, const changed_effect&);
  void left(const sim_node&);
  /// Invariant 6, if all has been whole for long enough.
  void check();

  /// The first thing in which some node's view differs from the truth.
  std::optional<std::string> disagreement() const;

  const std::optional<std::string>& failure() const noexcept {
    return failure_;
  }
  /// True when nothing has disturbed anything for that long, but what was done to `except`.
  bool calm_for(duration, std::optional<host_id> except = std::nullopt) const;
  std::size_t converged_checks() const noexcept {
    return converged_checks_;
  }

private:
  struct memory {
    std::set<epoch_t> gone;                  ///< left or superseded, as this run has seen
    std::map<std::string, epoch_t> highest;  ///< by name
  };

  void fail(std::string why);
  bool for_long(std::optional<time_point> since, duration) const;
  void check_death(const sim_node& by, const sim_node& of);

  membership_world& world_;
  std::map<epoch_t, memory> memories_;
  std::optional<std::string> failure_;
  time_point last_disturbance_;
  duration allowed_;
  std::size_t converged_checks_ = 0;
};

}  // namespace grapevine::cluster::sim
