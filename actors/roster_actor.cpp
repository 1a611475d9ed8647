#include "actors/roster_actor.hpp"

namespace grapevine::actors {

roster_actor::roster_actor(caf::actor_config& cfg, std::size_t members_max)
    : pinned_actor{cfg}, state_{members_max} {}

caf::behavior roster_actor::make_behavior() {
  return {
      [this](const join_roster& message) {
        using outcome = protocol::roster_state::outcome;
        auto result = state_.join(message.socket, message.who);
        return joined_roster{result,
                             result == outcome::full ? std::string{} : state_.presence_data()};
      },
      [this](const leave_roster& message) {
        auto was_in = state_.contains(message.socket);
        return left_roster{was_in, state_.leave(message.socket)};
      },
      [this](list_users) { return user_list{state_.user_ids()}; },
      [this](count_users) { return state_.users(); },
  };
}

}  // namespace grapevine::actors
