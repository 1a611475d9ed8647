#include "actors/roster_actor.hpp"

#include "protocol/server_message.hpp"

#include <utility>
#include <vector>

namespace grapevine::actors {

namespace {

/// Nobody can come back through another node: a leave is told at once.
cluster::roster_view_settings of_one_node(std::size_t members_max) {
  cluster::roster_view_settings settings;
  settings.members_max = members_max;
  settings.leave_debounce = {};
  return settings;
}

}  // namespace

roster_actor::roster_actor(caf::actor_config& cfg, std::size_t members_max)
    : pinned_actor{cfg}, view_{of_one_node(members_max)} {}

caf::behavior roster_actor::make_behavior() {
  return {
      [this](const join_roster& message) {
        using outcome = cluster::roster_view::outcome;
        auto joined = view_.join(message.socket.serial, message.who.user_id, message.who.user_info,
                                 0, home_system().clock().now());
        return joined_roster{joined.what,
                             joined.what == outcome::full ? std::string{} : presence_data()};
      },
      [this](const leave_roster& message) {
        auto left = view_.leave(message.socket.serial, false, home_system().clock().now());
        left_roster answer{left.was_in, std::nullopt};
        if (!left.news.empty())
          answer.user_id = std::move(left.news.front().user_id);
        return answer;
      },
      [this](list_users) { return user_list{view_.user_ids()}; },
      [this](count_users) { return view_.users(); },
  };
}

const std::string& roster_actor::presence_data() {
  if (encoded_revision_ != view_.revision()) {
    std::vector<protocol::member> members;
    members.reserve(view_.users());
    for (auto& [user_id, user_info] : view_.members())
      members.push_back({std::move(user_id), std::move(user_info)});
    encoded_ = protocol::server_message::presence_data(members);
    encoded_revision_ = view_.revision();
  }
  return encoded_;
}

}  // namespace grapevine::actors
