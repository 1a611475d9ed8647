#include "actors/channel_actor.hpp"

#include "actors/roster_actor.hpp"
#include "protocol/server_message.hpp"
#include "protocol/websocket_frame.hpp"

#include <caf/send.hpp>

#include <utility>

namespace grapevine::actors {

namespace {

net::shared_bytes framed(std::string_view json) {
  return std::make_shared<const std::string>(protocol::encode_frame(protocol::opcode::text, json));
}

/// The channel looks once more whether it is needed, when its cached event has become too old.
struct cache_expired {};

}  // namespace

}  // namespace grapevine::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(grapevine::actors::cache_expired)

namespace grapevine::actors {

channel_actor::channel_actor(caf::actor_config& cfg, app_registry& apps, topology& nodes,
                             channel_ref key, caf::actor_addr directory)
    : pinned_actor{cfg}, apps_{apps}, topology_{nodes}, key_{std::move(key)},
      type_{protocol::classify(key_.name)}, directory_{std::move(directory)},
      port_{nodes.port(home() ? home()->index() : 0)}, cluster_key_{port_ ? port_->key_of(key_)
                                                                          : 0} {}

void channel_actor::on_exit() {
  if (roster_)
    send_exit(roster_, caf::exit_reason::user_shutdown);
  roster_ = nullptr;
}

caf::behavior channel_actor::make_behavior() {
  return {
      [this](const subscribe& message) {
        ++handled_;
        if (!waits(message))
          handle(message);
      },
      [this](const unsubscribe& message) {
        ++handled_;
        if (!waits(message))
          handle(message);
        rest();
      },
      [this](const client_event& message) {
        ++handled_;
        handle(message);
      },
      [this](const publish& event) {
        ++handled_;
        auto info = handle(event);
        rest();
        return info;
      },
      [this](const describe& question) {
        ++handled_;
        auto info = answer(question.info);
        rest();
        return info;
      },
      [this](const users_of&) -> caf::result<user_list> {
        ++handled_;
        rest();
        if (!roster_)
          return user_list{};
        delegate(roster_, list_users{});
        return caf::delegated<user_list>{};
      },
      [this](const channel_item& item) {
        ++handled_;
        handle(item);
        rest();
      },
      [this](const roster_news& later) { announce(later.news, {}); },
      [this](cache_expired) {
        expiry_armed_ = false;
        if (const auto* cached = state_.cached(now()))
          arm_expiry(cached->expires_at - now());
        rest();
      },
  };
}

caf::actor_clock::time_point channel_actor::now() const {
  return home_system().clock().now();
}

const caf::actor& channel_actor::roster() {
  if (!roster_) {
    const auto& settings = topology_.roster;
    auto self = caf::actor_cast<caf::actor_addr>(this);
    roster_ = home() ? spawn_on<roster_actor>(*home(), settings, self)
                     : spawn<roster_actor>(settings, self);
  }
  return roster_;
}

void channel_actor::handle(const subscribe& message) {
  if (!type_.presence()) {
    count_in(message.shard);
    if (!acknowledgement_)
      acknowledgement_ = framed(protocol::server_message::subscription_succeeded(key_.name));
    let_in(message, acknowledgement_);
    return;
  }
  ++roster_answers_due_;
  const auto hlc = port_ ? port_->now() : 0;
  request(roster(), caf::infinite,
          join_roster{message.socket, message.who.value_or(protocol::member{}), hlc})
      .then([this, message, hlc](const joined_roster& answer) { admit(message, hlc, answer); });
}

void channel_actor::admit(const subscribe& message, std::uint64_t hlc,
                          const joined_roster& answer) {
  --roster_answers_due_;
  const auto& [what, first_here, news] = answer.result;
  if (what == cluster::roster_view::outcome::full) {
    send(topology_.fanouts[message.shard],
         refuse_subscriber{key_, message.socket, message.serial, "LimitReached",
                           "The presence channel has its maximum of members", 4100});
    if (!state_.occupied())
      vacate();
    rest();
    return;
  }
  if (first_here && port_)
    port_->join(key_, cluster_key_, {message.who->user_id, message.who->user_info, hlc});
  if (!message.repeated)
    count_in(message.shard);
  let_in(message, framed(protocol::server_message::presence_subscription_succeeded(
                      key_.name, answer.presence_data)));
  announce(news, message.socket);
}

void channel_actor::let_in(const subscribe& message, net::shared_bytes acknowledgement) {
  auto after = message.repeated ? nullptr : after_acknowledgement();
  send(topology_.fanouts[message.shard],
       add_subscriber{key_, message.socket, message.serial, std::move(acknowledgement),
                      std::move(after)});
}

net::shared_bytes channel_actor::after_acknowledgement() {
  if (!type_.cache)
    return nullptr;
  if (const auto* cached = state_.cached(now()))
    return framed(protocol::server_message::event(key_.name, cached->event, cached->data));
  state_.miss();
  return framed(protocol::server_message::cache_miss(key_.name));
}

void channel_actor::handle(const unsubscribe& message) {
  if (!type_.presence()) {
    count_out(message.shard);
    return;
  }
  if (!roster_)
    return;
  ++roster_answers_due_;
  request(roster_, caf::infinite, leave_roster{message.socket, topology_.draining()})
      .then([this, shard = message.shard](const left_roster& answer) { dismiss(shard, answer); });
}

void channel_actor::dismiss(std::uint32_t shard, const left_roster& answer) {
  --roster_answers_due_;
  const auto& [was_in, last_here, news] = answer.result;
  if (last_here && port_)
    port_->leave(key_, cluster_key_, *last_here, topology_.draining());
  announce(news, {});
  if (was_in)
    count_out(shard);
  if (!state_.occupied())
    vacate();
  rest();
}

void channel_actor::announce(const cluster::roster_view::announcements& news,
                             protocol::socket_id except) {
  using kind = cluster::roster_view::announcement::kind;
  for (const auto& each : news) {
    if (each.what == kind::added)
      broadcast(protocol::server_message::member_added(key_.name, {each.user_id, each.user_info}),
                except);
    else
      broadcast(protocol::server_message::member_removed(key_.name, each.user_id), except);
  }
}

void channel_actor::count_in(std::uint32_t shard) {
  if (state_.subscribe(shard))
    send(caf::actor_cast<caf::actor>(directory_), occupancy{key_, true});
}

void channel_actor::count_out(std::uint32_t shard) {
  if (!state_.unsubscribe(shard))
    return;
  send(caf::actor_cast<caf::actor>(directory_), occupancy{key_, false});
  vacate();
}

/// Nobody is here any more: other nodes need send nothing, and what they say of members has nobody
/// to go to.
void channel_actor::vacate() {
  if (!port_ || ticket_ == 0 || roster_answers_due_ > 0)
    return;
  port_->unwant(key_, cluster_key_, std::exchange(ticket_, 0));
  cluster_knows_ = false;
  items_.clear();
  if (roster_)
    send_exit(std::exchange(roster_, nullptr), caf::exit_reason::user_shutdown);
}

// -- the cluster

bool channel_actor::waits(member_move message) {
  if (!port_ || cluster_knows_)
    return false;
  if (ticket_ == 0) {
    // Someone leaves whom nobody let in.
    if (std::holds_alternative<unsubscribe>(message))
      return true;
    ticket_ = port_->want(key_, cluster_key_, type_.presence(), type_.cache);
  }
  waiting_.push_back(std::move(message));
  return true;
}

void channel_actor::handle(const channel_item& item) {
  if (const auto* ready = std::get_if<cluster::channel_ready>(&(*item.items)[item.place]))
    return take(*ready);
  if (!cluster_knows_)
    return;
  if (roster_works_on_item_)
    items_.push_back(item);
  else
    take(item);
}

void channel_actor::take(const channel_item& item) {
  const auto& content = (*item.items)[item.place];
  if (const auto* event = std::get_if<cluster::remote_event>(&content))
    take(*event);
  else if (const auto* news = std::get_if<cluster::remote_roster>(&content))
    take(*news);
}

void channel_actor::go_on_with_items() {
  auto waiting = std::exchange(items_, {});
  for (auto item = waiting.begin(); item != waiting.end(); ++item) {
    take(*item);
    if (roster_works_on_item_) {
      items_.assign(item + 1, waiting.end());
      return;
    }
  }
}

void channel_actor::take(const cluster::channel_ready& ready) {
  if (ready.ticket != ticket_ || ticket_ == 0)
    return;
  cluster_knows_ = true;
  if (type_.presence())
    send(roster(), begin_roster{ready.roster});
  for (const auto& part : ready.roster)
    for (const auto& joined : part.joins)
      port_->observe(joined->hlc);
  if (const auto& item = ready.cached) {
    port_->observe(item->hlc);
    keep({item->event, item->data, item->expires_at, item->hlc, item->publisher});
  }
  // The last to go ends the wish; who stands behind him waits for the next one.
  for (const auto& message : std::exchange(waiting_, {}))
    if (!waits(message))
      std::visit([this](const auto& each) { handle(each); }, message);
}

void channel_actor::take(const cluster::remote_event& event) {
  namespace flag = cluster::event_flag;
  const auto except = protocol::parse_socket_id(event.except).value_or(protocol::socket_id{});
  if (event.flags & flag::client_event) {
    std::optional<std::string_view> user_id;
    if (event.flags & flag::has_user_id)
      user_id = event.user_id;
    broadcast(protocol::server_message::client_event(key_.name, event.event, event.data, user_id),
              except);
    return;
  }
  if ((event.flags & flag::store_only) == 0)
    broadcast(protocol::server_message::event(key_.name, event.event, event.data), except);
  if (event.flags & flag::cache) {
    port_->observe(event.hlc);
    keep({event.event, event.data, now() + apps_.limits().cache_ttl, event.hlc, event.publisher});
  }
}

void channel_actor::take(const cluster::remote_roster& news) {
  for (const auto& joined : news.change.joins)
    port_->observe(joined->hlc);
  roster_works_on_item_ = true;
  ++roster_answers_due_;
  request(roster(), caf::infinite, change_roster{news.change, news.cause, news.ago})
      .then([this](const roster_news& answer) {
        --roster_answers_due_;
        roster_works_on_item_ = false;
        announce(answer.news, {});
        if (!state_.occupied())
          vacate();
        go_on_with_items();
        rest();
      });
}

void channel_actor::handle(const client_event& message) {
  std::optional<std::string_view> user_id;
  if (message.user_id)
    user_id = *message.user_id;
  broadcast(
      protocol::server_message::client_event(key_.name, message.event, message.data_json, user_id),
      message.sender);
  if (port_)
    port_->publish(cluster_key_, message);
}

caf::result<protocol::channel_info> channel_actor::handle(const publish& event) {
  const auto& content = *event.content;
  broadcast(protocol::server_message::event(key_.name, content.event, content.data), event.except);
  const auto hlc = port_ && type_.cache ? port_->now() : 0;
  if (port_)
    port_->publish(key_, cluster_key_, content, event.except, type_.cache, hlc);
  if (type_.cache)
    keep({content.event, content.data, now() + apps_.limits().cache_ttl, hlc, topology_.epoch});
  return answer(protocol::applicable(event.info, key_.name));
}

void channel_actor::keep(protocol::cached_event event) {
  const auto expires_at = event.expires_at;
  if (state_.cache(std::move(event)))
    arm_expiry(expires_at - now());
}

void channel_actor::broadcast(std::string_view json, protocol::socket_id except) {
  if (!state_.occupied())
    return;
  auto event = deliver{key_, framed(json), except};
  auto bytes = event.frame->size();
  auto message = caf::make_message(std::move(event));  // one object for all shards
  for (auto shard : state_.shards()) {
    topology_.backlog[shard].fetch_add(bytes, std::memory_order_relaxed);
    send(topology_.fanouts[shard], message);
  }
}

caf::result<protocol::channel_info> channel_actor::answer(const protocol::info_request& asked) {
  protocol::channel_info info;
  info.occupied = state_.occupied();
  if (asked.subscription_count)
    info.subscription_count = state_.subscriptions();
  info.cache_asked = asked.cache;
  if (asked.cache) {
    if (const auto* cached = state_.cached(now())) {
      auto left = std::chrono::duration_cast<std::chrono::seconds>(cached->expires_at - now());
      info.cache = protocol::channel_info::cached_event{cached->data, left.count()};
    }
  }
  if (!asked.user_count)
    return info;
  if (!roster_) {
    info.user_count = 0;
    return info;
  }
  auto promise = make_response_promise<protocol::channel_info>();
  request(roster_, caf::infinite, count_users{}).then([promise, info](std::size_t users) mutable {
    info.user_count = users;
    promise.deliver(info);
  });
  return promise;
}

void channel_actor::arm_expiry(caf::timespan after) {
  // One timer at a time, however often an event is cached: timers cannot be taken back.
  if (!std::exchange(expiry_armed_, true))
    delayed_send(this, after, cache_expired{});
}

void channel_actor::rest() {
  if (state_.occupied() || roster_answers_due_ > 0 || !waiting_.empty() || state_.cached(now()))
    return;
  if (auto directory = caf::actor_cast<caf::actor>(directory_))
    send(directory, idle{key_, handled_});
}

}  // namespace grapevine::actors
