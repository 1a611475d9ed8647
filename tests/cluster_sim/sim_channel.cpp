#include "sim_channel.hpp"

#include "cluster/visitor.hpp"
#include "node_run.hpp"
#include "nodes_oracle.hpp"

#include <utility>

namespace grapevine::cluster::sim {

sim_channel::sim_channel(node_run& node, nodes_oracle& oracle, std::size_t place)
    : node_{node}, oracle_{oracle}, place_{place}, witness_{node, oracle, *this} {
  begin();
}

const channel_name& sim_channel::name() const noexcept {
  return node_.channel(place_);
}

const channels::cached_event* sim_channel::cached() const noexcept {
  return core_->cache().find(node_.now());
}

protocol::channel_info sim_channel::describe(const protocol::info_request& asked) const {
  return core_->describe(asked, node_.now());
}

void sim_channel::begin() {
  ++life_;
  core_.emplace(node_.ref(place_), &node_, std::chrono::minutes{30});
}

/// What a channel that is not needed knows is forgotten, as the directory does.
void sim_channel::end_if_idle() {
  if (asked_.empty() && core_->idle(node_.now()))
    begin();
}

// -- what comes in

void sim_channel::subscribe(socket_id socket, const std::string& user, const std::string& info) {
  witness_.on_subscribe(socket, user);
  channels::subscription who{.socket = to_protocol(socket)};
  if (name().presence)
    who.who = protocol::presence_member{user, info};
  perform(core_->on_subscribe(std::move(who), node_.now()));
}

void sim_channel::unsubscribe(socket_id socket, bool moving) {
  witness_.on_unsubscribe(socket, moving);
  perform(core_->on_unsubscribe({.socket = to_protocol(socket), .moving = moving}, node_.now()));
}

void sim_channel::publish(std::uint64_t event, std::optional<socket_id> except,
                          const std::optional<std::string>& user) {
  const auto data = node_.event_data(event);
  channels::local_event what{"e", data};
  if (except)
    what.except = to_protocol(*except);
  if (user && name().presence)
    what.user_id = *user;
  perform(user ? core_->on_client_event(what) : core_->on_publish(what, node_.now()));
}

void sim_channel::on_item(const channels::channel_item& item) {
  const auto* ready = std::get_if<channel_ready>(&*item);
  if (ready && ready->ticket == core_->ticket() && !core_->known())
    ready_since_ = node_.now();
  perform(core_->on_item(item, node_.now()));
}

// -- what the channel wants done

void sim_channel::perform(channels::channel_effects effects) {
  for (auto& effect : effects)
    perform(effect);
  if (!roster_works_)
    let_roster_answer();
  end_if_idle();
}

void sim_channel::perform(channels::channel_effect& effect) {
  std::visit(
      visitor{[&](const channels::let_in& answer) { witness_.on(answer); },
              [&](const channels::refuse& answer) { witness_.on(answer); },
              [&](const channels::deliver& event) { witness_.on(event); },
              [&](const channels::set_occupied&) {},
              [&](channels::join_roster& asked) { ask(std::move(asked)); },
              [&](channels::leave_roster& asked) { ask(std::move(asked)); },
              [&](channels::begin_roster& asked) { ask(std::move(asked)); },
              [&](channels::change_roster& asked) { ask(std::move(asked)); },
              [&](const channels::end_roster&) { roster_.reset(); },
              [&](const channels::want& call) {
                wanted_since_ = node_.now();
                node_.want(place_, call.ticket);
              },
              [&](const channels::unwant& call) {
                idle_since_ = node_.now();
                node_.unwant(place_, call.ticket);
              },
              [&](const channels::roster_join& call) { node_.roster_join(place_, call.who); },
              [&](const channels::roster_leave& call) {
                node_.roster_leave(place_, call.user_id, call.moving);
              },
              [&](const channels::forward& event) { forward(event); },
              [&](const channels::wake_at& time) { wake_at(time.at); }},
      effect);
}

void sim_channel::wake_at(time_point time) {
  node_.at_shard(place_, time, [this, life = life_] {
    if (life == life_)
      perform(core_->on_wake(node_.now()));
  });
}

void sim_channel::forward(const channels::forward& event) {
  const auto number = number_of(event.event.data);
  node_.forward(place_, number, event);
  if (event.cache)
    oracle_.kept(*this, number, event.hlc, node_.epoch());
}

// -- the roster

/// Questions wait in line, as in the roster's mailbox. Both are on one shard; now and then other
/// messages come between question and answer.
void sim_channel::ask(question what) {
  if (!roster_) {
    ++roster_life_;
    roster_.emplace(channels::roster_view_settings{.self = node_.epoch()});
  }
  asked_.push_back(std::move(what));
  if (asked_.size() > 1 || !node_.roster_is_late())
    return;
  roster_works_ = true;
  node_.soon(place_, [this] {
    roster_works_ = false;
    let_roster_answer();
    end_if_idle();
  });
}

void sim_channel::let_roster_answer() {
  while (!asked_.empty() && !roster_works_) {
    const auto next = std::move(asked_.front());
    asked_.pop_front();
    answer(next);
  }
}

void sim_channel::answer(const question& asked) {
  const auto now = node_.now();
  std::visit(visitor{[&](const channels::join_roster& call) {
                       const auto said = roster_->on_join(call, now);
                       arm_roster();
                       perform(core_->on_joined(call, said, now));
                     },
                     [&](const channels::leave_roster& call) {
                       const auto said = roster_->on_leave(call, now);
                       arm_roster();
                       perform(core_->on_left(call, said));
                     },
                     [&](const channels::begin_roster& call) { roster_->on_begin(call, now); },
                     [&](const channels::change_roster& call) {
                       const auto said = roster_->on_change(call, now);
                       arm_roster();
                       perform(core_->on_changed(said, now));
                     }},
             asked);
}

void sim_channel::arm_roster() {
  const auto due = roster_->wake_at();
  if (!due)
    return;
  node_.at_shard(place_, *due, [this, life = roster_life_] {
    if (!roster_ || roster_life_ != life)
      return;
    const auto later = roster_->on_wake(node_.now());
    arm_roster();
    perform(core_->on_news(later));
  });
}

}  // namespace grapevine::cluster::sim
