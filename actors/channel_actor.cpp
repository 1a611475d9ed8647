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
                             channel_key key, caf::actor_addr directory)
    : pinned_actor{cfg}, apps_{apps}, topology_{nodes}, key_{std::move(key)},
      type_{protocol::classify(key_.name)},
      directory_{std::move(directory)}, state_{apps.limits().cache_ttl} {}

void channel_actor::on_exit() {
  if (roster_)
    send_exit(roster_, caf::exit_reason::user_shutdown);
  roster_ = nullptr;
}

caf::behavior channel_actor::make_behavior() {
  return {
      [this](const subscribe& message) {
        ++handled_;
        handle(message);
      },
      [this](const unsubscribe& message) {
        ++handled_;
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
    auto members_max = apps_.limits().presence_members;
    roster_ =
        home() ? spawn_on<roster_actor>(*home(), members_max) : spawn<roster_actor>(members_max);
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
  request(roster(), caf::infinite,
          join_roster{message.socket, message.who.value_or(protocol::member{})})
      .then([this, message](const joined_roster& answer) { admit(message, answer); });
}

void channel_actor::admit(const subscribe& message, const joined_roster& answer) {
  --roster_answers_due_;
  if (answer.result == cluster::roster_view::outcome::full) {
    send(topology_.fanouts[message.shard],
         refuse_subscriber{key_, message.socket, message.serial, "LimitReached",
                           "The presence channel has its maximum of members", 4100});
    rest();
    return;
  }
  if (!message.repeated)
    count_in(message.shard);
  let_in(message, framed(protocol::server_message::presence_subscription_succeeded(
                      key_.name, answer.presence_data)));
  if (answer.result == cluster::roster_view::outcome::added)
    broadcast(protocol::server_message::member_added(key_.name, *message.who), message.socket);
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
  request(roster_, caf::infinite, leave_roster{message.socket})
      .then([this, shard = message.shard](const left_roster& answer) { dismiss(shard, answer); });
}

void channel_actor::dismiss(std::uint32_t shard, const left_roster& answer) {
  --roster_answers_due_;
  if (answer.was_in)
    count_out(shard);
  if (answer.user_id)
    broadcast(protocol::server_message::member_removed(key_.name, *answer.user_id), {});
  rest();
}

void channel_actor::count_in(std::uint32_t shard) {
  if (state_.subscribe(shard))
    send(caf::actor_cast<caf::actor>(directory_), occupancy{key_, true});
}

void channel_actor::count_out(std::uint32_t shard) {
  if (state_.unsubscribe(shard))
    send(caf::actor_cast<caf::actor>(directory_), occupancy{key_, false});
}

void channel_actor::handle(const client_event& message) {
  std::optional<std::string_view> user_id;
  if (message.user_id)
    user_id = *message.user_id;
  broadcast(
      protocol::server_message::client_event(key_.name, message.event, message.data_json, user_id),
      message.sender);
}

caf::result<protocol::channel_info> channel_actor::handle(const publish& event) {
  const auto& content = *event.content;
  broadcast(protocol::server_message::event(key_.name, content.event, content.data), event.except);
  if (type_.cache) {
    state_.cache(content.event, content.data, now());
    arm_expiry(apps_.limits().cache_ttl);
  }
  return answer(protocol::applicable(event.info, key_.name));
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
  if (state_.occupied() || roster_answers_due_ > 0 || state_.cached(now()))
    return;
  if (auto directory = caf::actor_cast<caf::actor>(directory_))
    send(directory, idle{key_, handled_});
}

}  // namespace grapevine::actors
