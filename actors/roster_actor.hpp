#pragma once

#include "actors/messages.hpp"
#include "actors/pinned_actor.hpp"
#include "channels/roster_core.hpp"

namespace grapevine::actors {

/// The members of one presence channel: the shell around `channels::roster_core`. Owned by its
/// channel, which alone talks to it, so joins, leaves and what other nodes say keep their order.
class roster_actor final : public pinned_actor {
public:
  roster_actor(caf::actor_config& cfg, const channels::roster_view_settings& settings,
               caf::actor_addr channel);
  const char* name() const override {
    return "grapevine.roster";
  }

protected:
  caf::behavior make_behavior() override;

private:
  void on_wake();
  void arm();
  cluster::time_point now() const;

  channels::roster_core core_;
  caf::actor_addr channel_;
};

}  // namespace grapevine::actors
