#pragma once

#include "actors/app_registry.hpp"
#include "actors/directory_state.hpp"
#include "actors/pinned_actor.hpp"
#include "actors/topology.hpp"

#include <memory>

namespace grapevine::actors {

/// One per shard: where the channels whose hash falls here are found. Makes a channel's actor with
/// its first subscriber (or cached event), forwards to it, and ends it when it is idle. An event
/// for a channel that has no actor goes to the other nodes from here.
class directory_actor final : public pinned_actor {
public:
  directory_actor(caf::actor_config& cfg, app_registry& apps, topology& nodes);
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
  caf::result<protocol::channel_info> route(const publish& event);
  caf::result<protocol::channel_info> route(const describe& question);
  caf::result<user_list> route(const users_of& question);
  caf::result<channel_list> answer(const list& question);
  void retire(const idle& offer);
  void spread(const from_cluster& batch);
  void report(const cluster::link_turn& turn);

  app_registry& apps_;
  topology& topology_;
  directory_state state_;
};

}  // namespace grapevine::actors
