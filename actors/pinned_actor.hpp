#pragma once

#include "actors/shard.hpp"

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_config.hpp>
#include <caf/event_based_actor.hpp>

#include <utility>

namespace grapevine::actors {

/// An event-based actor that always runs on the shard it was spawned on, whoever sends to it.
/// Spawned without a shard (as the deterministic tests do) it runs wherever the system schedules
/// it.
class pinned_actor : public caf::event_based_actor {
public:
  explicit pinned_actor(caf::actor_config& cfg);

  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit* ignored) override;
  void enqueue(caf::strong_actor_ptr from, caf::message_id id, caf::message what,
               caf::execution_unit* ignored) override;

protected:
  /// Null without a shard.
  shard* home() const noexcept {
    return home_;
  }

private:
  shard* home_;
};

/// Spawns `Actor` (a pinned_actor) on a shard, from any thread.
template <class Actor, class... Ts>
caf::actor spawn_on(shard& where, Ts&&... xs) {
  caf::actor_config cfg{&where};
  return where.system().spawn_class<Actor, caf::no_spawn_options>(cfg, std::forward<Ts>(xs)...);
}

}  // namespace grapevine::actors
