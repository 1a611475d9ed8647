#include "actors/directory_actor.hpp"

#include "actors/channel_actor.hpp"
#include "actors/cluster_port.hpp"
#include "actors/gathering.hpp"
#include "protocol/channel_name.hpp"

#include <caf/send.hpp>

#include <type_traits>
#include <utility>

namespace grapevine::actors {

namespace {

/// How long other nodes' credit waits at a time while this node's shards are behind.
constexpr std::chrono::milliseconds credit_pause{5};

/// A batch of other nodes has been spread, and its credit can go back.
struct turn_due {
  cluster::link_turn turn;
};

/// What is known of a channel that has no actor: nobody is there.
protocol::channel_info vacant(const protocol::info_request& asked) {
  protocol::channel_info info;
  if (asked.user_count)
    info.user_count = 0;
  if (asked.subscription_count)
    info.subscription_count = 0;
  info.cache_asked = asked.cache;
  return info;
}

}  // namespace

}  // namespace grapevine::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(grapevine::actors::turn_due)

namespace grapevine::actors {

directory_actor::directory_actor(caf::actor_config& cfg, app_registry& apps, local_actors& local)
    : pinned_actor{cfg}, apps_{apps}, local_{local} {}

void directory_actor::on_exit() {
  for (auto& channel : state_.take_all())
    send_exit(channel, caf::exit_reason::user_shutdown);
}

caf::behavior directory_actor::make_behavior() {
  return {
      [this](const subscribe& message) { delegate(need(message.channel), message); },
      [this](const unsubscribe& message) {
        if (auto* channel = state_.forward(message.channel))
          send(*channel, message);
      },
      [this](const client_event& message) {
        if (auto* channel = state_.forward(message.channel))
          send(*channel, message);
      },
      [this](const from_cluster& batch) { on_items(batch); },
      [this](const turn_due& due) { return_credit(due.turn); },
      [this](const publish& event) { return on_publish(event); },
      [this](const describe& question) { return on_describe(question); },
      [this](const users_of& question) { return on_users_of(question); },
      [this](const list& question) { return on_list(question); },
      [this](const occupancy& news) { state_.set_occupied(news.channel, news.occupied); },
      [this](const idle& offer) { on_idle(offer); },
  };
}

const caf::actor& directory_actor::need(const channel_ref& key) {
  if (auto* known = state_.forward(key))
    return *known;
  auto self = caf::actor_cast<caf::actor_addr>(this);
  caf::actor made = home() ? spawn_on<channel_actor>(*home(), apps_, local_, key, self)
                           : spawn<channel_actor>(apps_, local_, key, self);
  state_.insert(key, std::move(made));
  return *state_.forward(key);
}

template <class Question>
auto directory_actor::pass(const caf::actor& channel, const Question& question) {
  delegate(channel, question);
  if constexpr (std::is_same_v<Question, users_of>)
    return caf::delegated<user_list>{};
  else
    return caf::delegated<protocol::channel_info>{};
}

caf::result<protocol::channel_info> directory_actor::on_publish(const publish& event) {
  // Without subscribers an event has nowhere to go, unless the channel keeps it for later ones.
  if (auto* channel = state_.forward(event.channel))
    return pass(*channel, event);
  const bool cache = protocol::classify(event.channel.name).cache;
  auto* port = local_.port(home() ? home()->index() : 0);
  if (port && !event.here_only)
    port->forward(
        event.channel, port->key_of(event.channel),
        {{event.content->event, event.content->data, event.except, {}, false, event.bridge},
         false,
         cache,
         cache ? port->stamp() : 0});
  else if (cache)
    return pass(need(event.channel), event);
  return vacant(protocol::applicable(event.info, event.channel.name));
}

caf::result<protocol::channel_info> directory_actor::on_describe(const describe& question) {
  if (auto* channel = state_.forward(question.channel))
    return pass(*channel, question);
  return vacant(question.info);
}

caf::result<user_list> directory_actor::on_users_of(const users_of& question) {
  if (auto* channel = state_.forward(question.channel))
    return pass(*channel, question);
  return user_list{};
}

caf::result<channel_list> directory_actor::on_list(const list& question) {
  auto found = state_.occupied(question.app, question.prefix);
  channel_list result;
  if (!question.info.any()) {
    for (auto& [key, channel] : found)
      result.channels.push_back({std::move(key), {.occupied = true}});
    return result;
  }
  // Each channel describes itself; one that ends meanwhile has nobody.
  auto promise = make_response_promise<channel_list>();
  const gathering<channel_list> all{
      found.size(), {}, [promise](channel_list& described, bool) mutable {
        promise.deliver(std::move(described));
      }};
  for (const auto& [key, unused] : found)
    request(*state_.forward(key), caf::infinite,
            describe{key, protocol::applicable(question.info, key.name)})
        .then(
            [all, key = key](const protocol::channel_info& info) {
              all.result().channels.push_back({key, info});
              all.answered();
            },
            [all](const caf::error&) { all.failed(); });
  return promise;
}

void directory_actor::on_items(const from_cluster& batch) {
  for (std::size_t place = 0; place < batch.items->size(); ++place) {
    const auto& channel = std::visit(
        [](const auto& each) -> const channel_ref& { return each.channel; }, (*batch.items)[place]);
    if (auto* known = state_.forward(channel))
      send(*known, channel_item{batch.items, place});
  }
  return_credit(batch.turn);
}

/// Gives the sender credit for what it sent, as soon as this node's shards keep up.
void directory_actor::return_credit(const cluster::link_turn& turn) {
  if (turn.peer == 0)
    return;
  if (local_.pressure.behind())
    delayed_send(this, credit_pause, turn_due{turn});
  else
    send(local_.cluster, turn_done{turn});
}

void directory_actor::on_idle(const idle& offer) {
  if (auto ended = state_.retire(offer.channel, offer.handled))
    send_exit(ended, caf::exit_reason::user_shutdown);
}

}  // namespace grapevine::actors
