#include "actors/roster_actor.hpp"

#include "protocol/server_message.hpp"

#include <caf/actor_cast.hpp>

#include <utility>

namespace grapevine::actors {

namespace {

/// Somebody's time away may be over.
struct absence_over {};

}  // namespace

}  // namespace grapevine::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(grapevine::actors::absence_over)

namespace grapevine::actors {

roster_actor::roster_actor(caf::actor_config& cfg, const cluster::roster_view_settings& settings,
                           caf::actor_addr channel)
    : pinned_actor{cfg}, view_{settings}, channel_{std::move(channel)} {}

caf::behavior roster_actor::make_behavior() {
  return {
      [this](const join_roster& message) {
        using outcome = cluster::roster_view::outcome;
        auto result = view_.join(message.socket.serial, message.who.user_id, message.who.user_info,
                                 message.hlc, now());
        if (result.what == outcome::added)
          encoded_.clear();
        auto data = result.what == outcome::full ? std::string{} : presence_data();
        arm();
        return joined_roster{std::move(result), std::move(data)};
      },
      [this](const leave_roster& message) {
        left_roster answer{view_.leave(message.socket.serial, message.moving, now())};
        encoded_.clear();
        arm();
        return answer;
      },
      [this](const begin_roster& message) {
        for (const auto& part : message.parts)
          view_.change(part, cluster::roster_cause::normal, now());
        encoded_.clear();
      },
      [this](const change_roster& message) {
        roster_news answer{view_.change(message.change, message.cause, now() - message.ago)};
        encoded_.clear();
        arm();
        return answer;
      },
      [this](absence_over) {
        armed_for_.reset();
        auto news = view_.tick(now());
        arm();
        if (news.empty())
          return;
        encoded_.clear();
        if (auto channel = caf::actor_cast<caf::actor>(channel_))
          send(channel, roster_news{std::move(news)});
      },
      [this](list_users) {
        user_list answer;
        for (auto& [user_id, info] : view_.members())
          answer.ids.push_back(std::move(user_id));
        return answer;
      },
      [this](count_users) { return view_.users(); },
  };
}

cluster::time_point roster_actor::now() const {
  return home_system().clock().now();
}

/// Encoded once per change, not per joiner.
std::string roster_actor::presence_data() {
  if (encoded_.empty()) {
    std::vector<protocol::member> members;
    for (auto& [user_id, info] : view_.members())
      members.push_back({std::move(user_id), std::move(info)});
    encoded_ = protocol::server_message::presence_data(members);
  }
  return encoded_;
}

/// Timers cannot be taken back, so one that comes too early arms the next.
void roster_actor::arm() {
  const auto due = view_.deadline();
  if (!due || (armed_for_ && *armed_for_ <= *due))
    return;
  armed_for_ = due;
  delayed_send(this, std::max<cluster::duration>(cluster::duration::zero(), *due - now()),
               absence_over{});
}

}  // namespace grapevine::actors
