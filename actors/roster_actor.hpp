#pragma once

#include "actors/messages.hpp"
#include "actors/pinned_actor.hpp"
#include "protocol/roster_state.hpp"

namespace grapevine::actors {

/// The members of one presence channel: the shell around `protocol::roster_state`. Owned by its
/// channel, which alone talks to it, so joins and leaves keep their order.
class roster_actor final : public pinned_actor {
public:
  roster_actor(caf::actor_config& cfg, std::size_t members_max);
  const char* name() const override {
    return "grapevine.roster";
  }

protected:
  caf::behavior make_behavior() override;

private:
  protocol::roster_state state_;
};

}  // namespace grapevine::actors
