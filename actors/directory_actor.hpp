#pragma once

#include "actors/app_registry.hpp"
#include "actors/directory_state.hpp"
#include "actors/local_actors.hpp"
#include "actors/pinned_actor.hpp"

#include <memory>

namespace grapevine::actors {

/// One per shard: where the channels whose hash falls here are found. Makes a channel's actor with
/// its first subscriber (or cached event), forwards to it, and ends it when it is idle. An event
/// for a channel that has no actor goes to the other nodes from here.
class directory_actor final : public pinned_actor {
public:
  directory_actor(caf::actor_config& cfg, app_registry& apps, local_actors& local);
  const char* name() const override {
    return "grapevine.directory";
  }
  void on_exit() override;

protected:
  caf::behavior make_behavior() override;

private:
  /// The channel's actor; made when there is none.
  const caf::actor& need(const channel_ref& key);
  /// Hands a question to the channel, which answers the asker itself.
  template <class Question>
  auto pass(const caf::actor& channel, const Question& question);
  caf::result<protocol::channel_info> on_publish(const publish& event);
  caf::result<protocol::channel_info> on_describe(const describe& question);
  caf::result<user_list> on_users_of(const users_of& question);
  caf::result<channel_list> on_list(const list& question);
  void on_idle(const idle& offer);
  void on_items(const from_cluster& batch);
  void return_credit(const cluster::link_turn& turn);

  app_registry& apps_;
  local_actors& local_;
  directory_state state_;
};

}  // namespace grapevine::actors
