#include "channels/roster_core.hpp"

#include "protocol/server_message.hpp"

#include <utility>

namespace grapevine::channels {

roster_core::roster_core(const roster_view_settings& settings) : view_{settings} {}

joined_roster roster_core::on_join(const join_roster& call, cluster::time_point now) {
  const auto& who = call.who.who ? *call.who.who : protocol::presence_member{};
  joined_roster answer;
  answer.result = view_.join(call.who.socket.serial, who.user_id, who.user_info, call.hlc, now);
  answer.users = view_.users();
  if (answer.result.what != roster_view::outcome::full)
    answer.presence_data = presence_data();
  return answer;
}

left_roster roster_core::on_leave(const leave_roster& call, cluster::time_point now) {
  left_roster answer;
  answer.result = view_.leave(call.who.socket.serial, call.who.moving, now);
  answer.users = view_.users();
  return answer;
}

void roster_core::on_begin(const begin_roster& call, cluster::time_point now) {
  for (const auto& part : std::get<cluster::channel_ready>(*call.ready).roster)
    view_.change(part, cluster::roster_cause::normal, now);
}

roster_news roster_core::on_change(const change_roster& call, cluster::time_point now) {
  const auto& changed = std::get<cluster::remote_roster>(*call.news);
  auto news = view_.change(changed.change, changed.cause, now - changed.ago);
  return {std::move(news), view_.users()};
}

roster_news roster_core::on_wake(cluster::time_point now) {
  wakes_at_.reset();
  auto news = view_.tick(now);
  return {std::move(news), view_.users()};
}

std::optional<cluster::time_point> roster_core::wake_at() {
  const auto due = view_.deadline();
  if (!due || (wakes_at_ && *wakes_at_ <= *due))
    return std::nullopt;
  wakes_at_ = due;
  return due;
}

/// Encoded once per change, not per joiner.
const std::string& roster_core::presence_data() {
  if (encoded_.empty() || encoded_revision_ != view_.revision()) {
    std::vector<protocol::presence_member> members;
    for (auto& [user_id, info] : view_.members())
      members.push_back({std::move(user_id), std::move(info)});
    encoded_ = protocol::server_message::presence_data(members);
    encoded_revision_ = view_.revision();
  }
  return encoded_;
}

}  // namespace grapevine::channels
