#include "channel_model.hpp"

#include "node_run.hpp"
#include "nodes_oracle.hpp"

#include <utility>

namespace grapevine::cluster::sim {

channel_model::channel_model(node_run& node, nodes_oracle& oracle, std::size_t place)
    : node_{node}, oracle_{oracle}, place_{place} {}

const channel_name& channel_model::name() const noexcept {
  return node_.channel(place_);
}

roster_view& channel_model::members() {
  if (!roster_) {
    roster_.emplace(roster_view_settings{.self = node_.epoch()});
    ++roster_life_;
  }
  return *roster_;
}

// -- clients

void channel_model::subscribe(socket_id socket, const std::string& user, const std::string& info) {
  if (const arrival who{socket, user, info}; !waits(who))
    handle(who);
}

void channel_model::unsubscribe(socket_id socket, bool moving) {
  if (const departure who{socket, moving}; !waits(who))
    handle(who);
}

bool channel_model::waits(const member_move& move) {
  if (cluster_knows_)
    return false;
  if (ticket_ == 0) {
    if (std::holds_alternative<departure>(move))
      return true;
    ticket_ = node_.want(place_);
    wanted_since_ = node_.now();
  }
  waiting_.push_back(move);
  return true;
}

void channel_model::handle(const arrival& who) {
  told_subscriber told{.user = who.user, .since = node_.now(), .members = {}, .last = {}};
  if (!name().presence) {
    subscribers_.emplace(who.socket, std::move(told));
    return oracle_.let_in(node_, *this, who.socket);
  }
  const auto stamp = node_.stamp();
  const auto result = members().join(who.socket, who.user, who.info, stamp, node_.now());
  if (result.first_here)
    node_.roster_join(place_, {who.user, who.info, stamp});
  for (auto& user : members().user_ids())
    told.members.insert(std::move(user));
  subscribers_.emplace(who.socket, std::move(told));
  oracle_.let_in(node_, *this, who.socket);
  announce(result.news, who.socket);
  arm();
}

void channel_model::handle(const departure& who) {
  if (!subscribers_.contains(who.socket))
    return;
  oracle_.goes(node_, *this, who.socket, who.moving);
  subscribers_.erase(who.socket);
  if (name().presence) {
    const auto result = members().leave(who.socket, who.moving, node_.now());
    if (result.last_here)
      node_.roster_leave(place_, *result.last_here, who.moving);
    announce(result.news, 0);
    arm();
  }
  if (subscribers_.empty())
    vacate();
}

void channel_model::vacate() {
  if (ticket_ == 0)
    return;
  node_.unwant(place_, std::exchange(ticket_, 0));
  cluster_knows_ = false;
  idle_since_ = node_.now();
  roster_.reset();
}

void channel_model::publish(std::uint64_t event, std::optional<socket_id> except,
                            const std::optional<std::string>& user) {
  const auto excluded = except ? std::to_string(*except) : std::string{};
  deliver(node_.epoch(), event, excluded, user);
  const bool keeps = name().cache && !user;
  const auto hlc = keeps ? node_.stamp() : 0;
  node_.publish(place_, event, excluded, user, hlc);
  if (keeps) {
    keep({.event = "e", .data = std::to_string(event), .hlc = hlc, .publisher = node_.epoch()});
    oracle_.kept(*this, event, hlc, node_.epoch());
  }
}

// -- the cluster

void channel_model::take(const channel_ready& ready) {
  if (ready.ticket != ticket_ || ticket_ == 0)
    return;
  cluster_knows_ = true;
  ready_since_ = node_.now();
  if (name().presence)
    for (const auto& part : ready.roster)
      members().change(part, roster_cause::normal, node_.now());
  if (ready.cached)
    keep(*ready.cached);
  for (const auto& move : std::exchange(waiting_, {}))
    if (!waits(move))
      std::visit([this](const auto& each) { handle(each); }, move);
}

void channel_model::take(const remote_event& event) {
  if (!cluster_knows_)
    return;
  const bool store_only = (event.flags & event_flag::store_only) != 0;
  std::optional<std::string> user;
  if ((event.flags & event_flag::has_user_id) != 0)
    user = event.user_id;
  if (!store_only)
    deliver(event.publisher, std::stoull(event.data), event.except, user);
  if ((event.flags & event_flag::cache) != 0) {
    node_.observe(event.hlc);
    keep(
        {.event = event.event, .data = event.data, .hlc = event.hlc, .publisher = event.publisher});
  }
}

void channel_model::take(const remote_roster& news) {
  if (!cluster_knows_)
    return;
  for (const auto& joined : news.change.joins)
    node_.observe(joined->hlc);
  announce(members().change(news.change, news.cause, node_.now() - news.ago), 0);
  arm();
}

// -- subscribers

void channel_model::deliver(epoch_t publisher, std::uint64_t event, const std::string& except,
                            const std::optional<std::string>& user) {
  for (auto& [socket, told] : subscribers_)
    if (std::to_string(socket) != except)
      oracle_.delivered(node_, *this, socket, told, publisher, event, user);
}

void channel_model::announce(const roster_view::announcements& news, socket_id except) {
  for (const auto& each : news) {
    oracle_.announced(node_, *this, each);
    for (auto& [socket, told] : subscribers_) {
      if (socket == except)
        continue;
      const bool fits = each.what == roster_view::announcement::kind::added
                            ? told.members.insert(each.user_id).second
                            : told.members.erase(each.user_id) > 0;
      if (!fits)
        oracle_.fail(node_, "tells a subscriber twice that " + each.user_id + " came or went");
    }
  }
}

void channel_model::keep(cached_item item) {
  if (!cached_ || std::pair{cached_->hlc, cached_->publisher} < std::pair{item.hlc, item.publisher})
    cached_ = std::move(item);
}

void channel_model::arm() {
  const auto due = roster_ ? roster_->deadline() : std::nullopt;
  if (!due)
    return;
  node_.at_shard(place_, *due, [this, life = roster_life_] {
    if (!roster_ || roster_life_ != life)
      return;
    announce(roster_->tick(node_.now()), 0);
    arm();
  });
}

}  // namespace grapevine::cluster::sim
