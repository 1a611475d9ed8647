#pragma once

#include "membership_oracle.hpp"
#include "membership_world.hpp"
#include "sim_faults.hpp"

namespace grapevine::cluster::sim {

/// What goes wrong in a run of membership. One kind alone shows the times promised for it;
/// `everything` shows what happens together.
enum class membership_profile : std::uint8_t {
  everything,
  crashes,
  pauses,
  partitions,
  connections,
};
inline constexpr std::uint64_t membership_profiles = 5;

/// Breaks nodes that do nothing but membership, and the paths between them.
class membership_faults final : public sim_faults {
public:
  membership_faults(membership_world&, membership_oracle&, membership_profile, time_point heal_at);

  void start(host_id) override;

private:
  void strike() override;
  void disturbed() override;
  void stalled(const sim_path&, duration) override;

  void crash();
  void crash_several();
  void pause();
  void leave();

  membership_world& world_;
  membership_oracle& oracle_;
  membership_profile profile_;
};

}  // namespace grapevine::cluster::sim
