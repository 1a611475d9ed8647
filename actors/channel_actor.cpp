#include "actors/channel_actor.hpp"

#include "actors/roster_actor.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace grapevine::actors {

namespace {

/// The channel looks once more whether it is needed, when its cached event has become too old.
struct cache_expired {};

}  // namespace

}  // namespace grapevine::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(grapevine::actors::cache_expired)

namespace grapevine::actors {

channel_actor::channel_actor(caf::actor_config& cfg, app_registry& apps, local_actors& local,
                             channel_ref key, caf::actor_addr directory)
    : pinned_actor{cfg}, local_{local}, port_{local.port(home() ? home()->index() : 0)},
      core_{std::move(key), port_, apps.limits().cache_ttl},
      cluster_key_{port_ ? port_->key_of(core_.channel()) : 0}, directory_{std::move(directory)} {}

void channel_actor::on_exit() {
  if (roster_)
    caf::anon_send(std::exchange(roster_, nullptr), end_roster{});
}

caf::behavior channel_actor::make_behavior() {
  return {
      [this](const subscribe& message) { finish(core_.on_subscribe(message.request, now())); },
      [this](const unsubscribe& message) { finish(core_.on_unsubscribe(message.request, now())); },
      [this](const client_event& message) {
        finish(core_.on_client_event(
            {message.event, message.data_json, message.sender, message.user_id}));
      },
      [this](const publish& message) {
        const auto at = now();
        const auto& [event, data] = *message.content;
        finish(core_.on_publish(
            {event, data, message.except, {}, message.here_only, message.bridge}, at));
        return core_.describe(protocol::applicable(message.info, core_.channel().name), at);
      },
      [this](const describe& question) {
        finish({});
        return core_.describe(question.info, now());
      },
      [this](const users_of&) -> caf::result<user_list> {
        finish({});
        if (!roster_)
          return user_list{};
        delegate(roster_, list_users{});
        return caf::delegated<user_list>{};
      },
      [this](const channel_item& item) { finish(core_.on_item(item, now())); },
      [this](const roster_news& later) { perform(core_.on_news(later)); },
      [this](cache_expired) {
        perform(core_.on_wake(now()));
        offer_to_end();
      },
  };
}

caf::actor_clock::time_point channel_actor::now() const {
  return home_system().clock().now();
}

void channel_actor::finish(channels::channel_effects effects) {
  ++handled_;
  perform(std::move(effects));
  offer_to_end();
}

void channel_actor::offer_to_end() {
  if (core_.occupied() || !core_.idle(now()))
    return;
  if (auto directory = caf::actor_cast<caf::actor>(directory_))
    send(directory, idle{core_.channel(), handled_});
}

void channel_actor::perform(channels::channel_effects effects) {
  for (auto& effect : effects)
    std::visit([this](auto& each) { perform(each); }, effect);
}

// -- to subscribers and the directory

void channel_actor::perform(channels::deliver& event) {
  const auto bytes = event.frame->size();
  // One object for all shards.
  const auto message =
      caf::make_message(deliver{core_.channel(), std::move(event.frame), event.except});
  for (const auto shard : core_.shards()) {
    local_.pressure.backlog[shard].fetch_add(bytes, std::memory_order_relaxed);
    send(local_.fanouts[shard], message);
  }
}

void channel_actor::perform(channels::let_in& answer) {
  send(local_.fanouts[answer.shard],
       add_subscriber{core_.channel(), answer.socket, answer.serial,
                      std::move(answer.acknowledgement), std::move(answer.after)});
}

void channel_actor::perform(const channels::refuse& answer) {
  send(local_.fanouts[answer.shard],
       refuse_subscriber{core_.channel(), answer.socket, answer.serial, std::string{answer.type},
                         std::string{answer.error}, answer.status});
}

void channel_actor::perform(const channels::set_occupied& news) {
  send(caf::actor_cast<caf::actor>(directory_), occupancy{core_.channel(), news.occupied});
}

// -- to the roster

const caf::actor& channel_actor::roster() {
  if (!roster_) {
    const auto& settings = local_.roster;
    auto self = caf::actor_cast<caf::actor_addr>(this);
    roster_ = home() ? spawn_on<roster_actor>(*home(), settings, self)
                     : spawn<roster_actor>(settings, self);
  }
  return roster_;
}

void channel_actor::perform(const join_roster& call) {
  request(roster(), caf::infinite, call).then([this, call](const joined_roster& answer) {
    perform(core_.on_joined(call, answer, now()));
    offer_to_end();
  });
}

void channel_actor::perform(const leave_roster& call) {
  request(roster(), caf::infinite, call).then([this, call](const left_roster& answer) {
    perform(core_.on_left(call, answer));
    offer_to_end();
  });
}

void channel_actor::perform(const begin_roster& call) {
  send(roster(), call);
}

void channel_actor::perform(const change_roster& call) {
  request(roster(), caf::infinite, call).then([this](const roster_news& answer) {
    perform(core_.on_changed(answer, now()));
    offer_to_end();
  });
}

void channel_actor::perform(const end_roster& call) {
  send(std::exchange(roster_, nullptr), call);
}

// -- to the cluster and the clock

void channel_actor::perform(const channels::want& wish) {
  port_->want(core_.channel(), cluster_key_, wish.ticket, core_.type());
}

void channel_actor::perform(const channels::unwant& wish) {
  port_->unwant(core_.channel(), cluster_key_, wish.ticket);
}

void channel_actor::perform(channels::roster_join& news) {
  port_->roster_join(core_.channel(), cluster_key_, std::move(news.who));
}

void channel_actor::perform(channels::roster_leave& news) {
  port_->roster_leave(core_.channel(), cluster_key_, std::move(news.user_id), news.moving);
}

void channel_actor::perform(const channels::forward& event) {
  port_->forward(core_.channel(), cluster_key_, event);
}

void channel_actor::perform(const channels::wake_at& time) {
  delayed_send(this, std::max(cluster::duration::zero(), time.at - now()), cache_expired{});
}

}  // namespace grapevine::actors
