#include "actors/connection_actor.hpp"

#include "protocol/server_message.hpp"

#include <caf/send.hpp>

#include <utility>

namespace grapevine::actors {

namespace {

/// A client with this many unanswered subscribes is not read until half of them are answered: its
/// questions, not our mailboxes, wait.
constexpr std::size_t pending_joins_max = 64;

}  // namespace

connection_actor::connection_actor(caf::actor_config& cfg, local_hub& hub,
                                   const local_actors& local, app& owner, net::loop& loop)
    : pinned_actor{cfg}, hub_{hub}, local_{local}, app_{owner}, loop_{loop},
      state_{owner.rules, hub.next_socket_id(), hub.names(owner.index), loop.now()} {
  app_.connections.fetch_add(1, std::memory_order_relaxed);
}

caf::behavior connection_actor::make_behavior() {
  return {
      [this](const close_socket& order) {
        if (socket_)
          socket_->close(order.code, order.reason);
      },
  };
}

void connection_actor::on_open(net::websocket& socket) {
  socket_ = &socket;
  socket_->send_text(state_.greeting());
  loop_.timers().arm(*this, state_.deadline());
}

void connection_actor::on_text(std::string_view message) {
  protocol::connection_effects effects;
  state_.on_message(message, loop_.now(), effects);
  perform(effects);
  balance_reading();
}

void connection_actor::on_activity() {
  state_.on_activity(loop_.now());
}

void connection_actor::on_closed() noexcept {
  protocol::connection_effects effects;
  state_.leave_all(effects);
  perform(effects);
  loop_.timers().disarm(*this);
  app_.connections.fetch_sub(1, std::memory_order_relaxed);
  socket_ = nullptr;
  caf::anon_send_exit(caf::actor_cast<caf::actor>(this), caf::exit_reason::user_shutdown);
  hub_.remove(*this);
}

void connection_actor::on_timer(net::time_point now) {
  protocol::connection_effects effects;
  state_.on_tick(now, effects);
  perform(effects);
  if (socket_)
    loop_.timers().arm(*this, state_.deadline());
}

bool connection_actor::subscribed(const protocol::interned_name& channel,
                                  std::uint32_t serial) const noexcept {
  return state_.active(channel, serial);
}

bool connection_actor::confirm(const protocol::interned_name& channel, std::uint32_t serial) {
  auto current = state_.confirm(channel, serial);
  balance_reading();
  return current;
}

void connection_actor::refuse(const protocol::interned_name& channel,
                              const refuse_subscriber& why) {
  protocol::connection_effects effects;
  state_.refuse(channel, why.serial, why.type, why.error, why.status, effects);
  perform(effects);
  balance_reading();
}

void connection_actor::answered_too_late() {
  state_.confirm({}, 0);
  balance_reading();
}

void connection_actor::moved(const protocol::interned_name& channel,
                             std::uint32_t position) noexcept {
  state_.set_position(channel, position);
}

void connection_actor::balance_reading() {
  if (!socket_)
    return;
  if (reading_ && state_.pending_joins() >= pending_joins_max) {
    reading_ = false;
    socket_->pause();
  } else if (!reading_ && state_.pending_joins() <= pending_joins_max / 2) {
    reading_ = true;
    socket_->resume();
  }
}

void connection_actor::perform(protocol::connection_effects& effects) {
  for (auto& effect : effects)
    std::visit([this](auto& x) { perform(x); }, effect);
}

void connection_actor::perform(protocol::send_message& effect) {
  socket_->send_text(effect.json);
}

void connection_actor::perform(protocol::send_ping&) {
  socket_->send_ping();
}

void connection_actor::perform(protocol::close_connection& effect) {
  // Clients of older SDKs only look at the frame, browsers only at the close.
  socket_->send_text(protocol::server_message::error(effect.code, effect.reason));
  socket_->close(effect.code, effect.reason);
}

void connection_actor::perform(protocol::join_channel& effect) {
  channel_ref key{app_.index, effect.channel.text()};
  const auto& directory = local_.directory_of(key);
  send(directory,
       subscribe{std::move(key),
                 {id(), effect.serial, hub_.shard(), std::move(effect.who), effect.repeated}});
}

void connection_actor::perform(protocol::leave_channel& effect) {
  if (effect.active)
    hub_.detach(app_.index, effect.channel, effect.position);
  channel_ref key{app_.index, effect.channel.text()};
  const auto& directory = local_.directory_of(key);
  send(directory, unsubscribe{std::move(key), {id(), hub_.shard(), local_.draining()}});
}

void connection_actor::perform(protocol::relay_client_event& effect) {
  if (local_.pressure.overloaded()) {
    socket_->send_text(protocol::server_message::error(
        4100, "The server is over capacity, the client event was dropped"));
    return;
  }
  channel_ref key{app_.index, effect.channel.text()};
  const auto& directory = local_.directory_of(key);
  send(directory, client_event{std::move(key), id(), std::move(effect.event),
                               std::move(effect.data_json), std::move(effect.user_id)});
}

}  // namespace grapevine::actors
