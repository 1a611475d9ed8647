#pragma once

#include "actors/app_registry.hpp"
#include "actors/cluster/cluster_port.hpp"
#include "actors/local_actors.hpp"
#include "actors/pinned_actor.hpp"
#include "channels/channel_core.hpp"

#include <cstdint>

namespace grapevine::actors {

/// One channel of one app: the shell around `channels::channel_core`. What the channel wants done
/// goes to its roster, to the shards that have subscribers, to the directory, and by the shard's
/// port to the cluster.
class channel_actor final : public pinned_actor {
public:
  channel_actor(caf::actor_config& cfg, app_registry& apps, local_actors& local, channel_ref key,
                caf::actor_addr directory);
  const char* name() const override {
    return "grapevine.channel";
  }
  void on_exit() override;

protected:
  caf::behavior make_behavior() override;

private:
  /// One of the directory's messages is decided.
  void finish(channels::channel_effects);
  void perform(channels::channel_effects);
  void perform(channels::deliver&);
  void perform(channels::let_in&);
  void perform(const channels::refuse&);
  void perform(const channels::set_occupied&);
  void perform(const join_roster&);
  void perform(const leave_roster&);
  void perform(const begin_roster&);
  void perform(const change_roster&);
  void perform(const end_roster&);
  void perform(const channels::want&);
  void perform(const channels::unwant&);
  void perform(channels::roster_join&);
  void perform(channels::roster_leave&);
  void perform(const channels::forward&);
  void perform(const channels::wake_at&);

  const caf::actor& roster();
  /// Tells the directory when nothing is left to do.
  void offer_to_end();
  caf::actor_clock::time_point now() const;

  local_actors& local_;
  cluster_port* port_;  ///< null without a cluster
  channels::channel_core core_;
  std::uint64_t cluster_key_ = 0;
  caf::actor_addr directory_;
  caf::actor roster_;          ///< presence channels; made with the first member
  std::uint64_t handled_ = 0;  ///< messages the directory forwarded and we have seen
};

}  // namespace grapevine::actors
