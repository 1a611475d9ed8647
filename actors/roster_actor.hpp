#pragma once

#include "actors/messages.hpp"
#include "actors/pinned_actor.hpp"
#include "cluster/rosters/roster_view.hpp"

namespace grapevine::actors {

/// The members of one presence channel: the shell around `cluster::roster_view`. Owned by its
/// channel, which alone talks to it, so joins, leaves and what other nodes say keep their order.
class roster_actor final : public pinned_actor {
public:
  roster_actor(caf::actor_config& cfg, const cluster::roster_view_settings& settings,
               caf::actor_addr channel);
  const char* name() const override {
    return "grapevine.roster";
  }

protected:
  caf::behavior make_behavior() override;

private:
  std::string presence_data();
  void arm();
  cluster::time_point now() const;

  cluster::roster_view view_;
  caf::actor_addr channel_;
  std::string encoded_;  ///< `presence_data`, until the members change
  std::optional<cluster::time_point> armed_for_;
};

}  // namespace grapevine::actors
