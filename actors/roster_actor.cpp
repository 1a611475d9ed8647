#include "actors/roster_actor.hpp"

#include <caf/actor_cast.hpp>

#include <algorithm>
#include <utility>

namespace grapevine::actors {

roster_actor::roster_actor(caf::actor_config& cfg, const channels::roster_view_settings& settings,
                           caf::actor_addr channel)
    : pinned_actor{cfg}, core_{settings}, channel_{std::move(channel)} {}

caf::behavior roster_actor::make_behavior() {
  return {
      [this](const join_roster& call) {
        auto answer = core_.on_join(call, now());
        arm();
        return answer;
      },
      [this](const leave_roster& call) {
        auto answer = core_.on_leave(call, now());
        arm();
        return answer;
      },
      [this](const begin_roster& call) { core_.on_begin(call, now()); },
      [this](const change_roster& call) {
        auto answer = core_.on_change(call, now());
        arm();
        return answer;
      },
      [this](list_users) { return user_list{core_.view().user_ids()}; },
      [this](wake_up) { on_wake(); },
      // In its turn: whatever was asked before is answered.
      [this](end_roster) { quit(); },
  };
}

cluster::time_point roster_actor::now() const {
  return home_system().clock().now();
}

void roster_actor::on_wake() {
  auto later = core_.on_wake(now());
  arm();
  if (auto channel = caf::actor_cast<caf::actor>(channel_); channel && !later.news.empty())
    send(channel, std::move(later));
}

void roster_actor::arm() {
  if (const auto due = core_.wake_at())
    delayed_send(this, std::max(cluster::duration::zero(), *due - now()), wake_up{});
}

}  // namespace grapevine::actors
