#pragma once

#include "actors/local_actors.hpp"
#include "actors/local_hub.hpp"
#include "actors/pinned_actor.hpp"

#include <chrono>
#include <vector>

namespace grapevine::actors {

/// One per shard: takes what channels of all shards have for this shard's connections. One message
/// per event and shard, however many subscribers there are.
class fanout_actor final : public pinned_actor {
public:
  fanout_actor(caf::actor_config& cfg, local_hub& hub, local_actors& local);
  const char* name() const override {
    return "grapevine.fanout";
  }

protected:
  caf::behavior make_behavior() override;

private:
  void go_on(const channel_ref& channel, bool more);
  void account();
  void on_drain(std::chrono::milliseconds duration);
  void on_drain_step();

  local_hub& hub_;
  local_actors& local_;
  std::vector<caf::actor> to_close_;  ///< while draining
  std::size_t closes_per_step_ = 0;
  std::chrono::milliseconds drain_interval_{};
};

}  // namespace grapevine::actors
