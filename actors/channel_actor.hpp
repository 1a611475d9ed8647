#pragma once

#include "actors/app_registry.hpp"
#include "actors/cluster/cluster_port.hpp"
#include "actors/local_actors.hpp"
#include "actors/pinned_actor.hpp"
#include "channels/channel_core.hpp"

#include <cstdint>
#include <utility>

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
  void perform(channels::refuse&);
  void perform(channels::set_occupied&);
  void perform(join_roster&);
  void perform(leave_roster&);
  void perform(begin_roster&);
  void perform(change_roster&);
  void perform(end_roster&);
  void perform(channels::wake_at&);
  /// All others are for the cluster.
  template <class Call>
  void perform(Call& call) {
    port_->perform(core_.channel(), cluster_key_, std::move(call));
  }

  const caf::actor& roster();
  /// Performs what `decide(question, answer)` makes of the roster's answer.
  template <class Answer, class Question, class Decide>
  void ask_roster(const Question&, Decide);
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
