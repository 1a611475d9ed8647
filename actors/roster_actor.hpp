#pragma once

#include "actors/messages.hpp"
#include "actors/pinned_actor.hpp"
#include "cluster/roster_view.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace grapevine::actors {

/// The members of one presence channel: the shell around `cluster::roster_view`. Owned by its
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
  /// The `data` of subscription_succeeded. Encoded once per change, not per joiner.
  const std::string& presence_data();

  cluster::roster_view view_;
  std::string encoded_;
  std::optional<std::uint64_t> encoded_revision_;
};

}  // namespace grapevine::actors
