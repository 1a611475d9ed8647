#include "actors/channel_actor.hpp"

#include "actors/roster_actor.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <string>
#include <utility>

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
      // Late news of members, and time: not the directory's messages, so not counted.
      [this](const roster_news& later) { perform(core_.on_news(later)); },
      [this](wake_up) {
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

// -- what the channel wants done

void channel_actor::perform(channels::channel_effects effects) {
  for (auto& effect : effects)
    std::visit([this](auto& each) { perform(each); }, effect);
}

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

void channel_actor::perform(channels::refuse& answer) {
  send(local_.fanouts[answer.shard],
       refuse_subscriber{core_.channel(), answer.socket, answer.serial, std::string{answer.type},
                         std::string{answer.error}, answer.status});
}

void channel_actor::perform(channels::set_occupied& news) {
  send(caf::actor_cast<caf::actor>(directory_), occupancy{core_.channel(), news.occupied});
}

void channel_actor::perform(channels::wake_at& time) {
  delayed_send(this, std::max(cluster::duration::zero(), time.at - now()), wake_up{});
}

// -- the roster

const caf::actor& channel_actor::roster() {
  if (!roster_) {
    const auto& settings = local_.roster;
    auto self = caf::actor_cast<caf::actor_addr>(this);
    roster_ = home() ? spawn_on<roster_actor>(*home(), settings, self)
                     : spawn<roster_actor>(settings, self);
  }
  return roster_;
}

template <class Answer, class Question, class Decide>
void channel_actor::ask_roster(const Question& question, Decide decide) {
  request(roster(), caf::infinite, question).then([this, question, decide](const Answer& answer) {
    perform(decide(question, answer));
    offer_to_end();
  });
}

void channel_actor::perform(join_roster& question) {
  ask_roster<joined_roster>(question, [this](const auto& asked, const auto& answer) {
    return core_.on_joined(asked, answer, now());
  });
}

void channel_actor::perform(leave_roster& question) {
  ask_roster<left_roster>(question, [this](const auto& asked, const auto& answer) {
    return core_.on_left(asked, answer);
  });
}

void channel_actor::perform(begin_roster& call) {
  send(roster(), call);
}

void channel_actor::perform(change_roster& question) {
  ask_roster<roster_news>(question, [this](const auto&, const auto& answer) {
    return core_.on_changed(answer, now());
  });
}

void channel_actor::perform(end_roster& call) {
  send(std::exchange(roster_, nullptr), call);
}

}  // namespace grapevine::actors
