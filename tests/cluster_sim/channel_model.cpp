#include "channel_model.hpp"

#include "node_run.hpp"
#include "nodes_oracle.hpp"

#include <nlohmann/json.hpp>

#include <type_traits>
#include <utility>

namespace grapevine::cluster::sim {

namespace {

using json = nlohmann::json;
using announcement = roster_view::announcement;

/// Sockets of all nodes are numbered together.
protocol::socket_id to_protocol(socket_id socket) {
  return {1, socket};
}

/// The message in a text frame, and what is encoded in its data.
json read(const channels::shared_bytes& frame) {
  const auto length = static_cast<unsigned char>((*frame)[1]);
  return json::parse(std::string_view{*frame}.substr(length < 126 ? 2 : length == 126 ? 4 : 10));
}

json read_data(const json& message) {
  const auto& data = message.at("data");
  return data.is_string() ? json::parse(data.get_ref<const std::string&>()) : data;
}

}  // namespace

std::string event_data(std::uint64_t event, epoch_t publisher) {
  return "[" + std::to_string(event) + "," + std::to_string(publisher) + "]";
}

std::uint64_t number_of(std::string_view data) {
  return json::parse(data).at(0).get<std::uint64_t>();
}

channel_model::channel_model(node_run& node, nodes_oracle& oracle, std::size_t place)
    : node_{node}, oracle_{oracle}, place_{place} {
  begin();
}

const channel_name& channel_model::name() const noexcept {
  return node_.channel(place_);
}

const channels::cached_event* channel_model::cached() const noexcept {
  return core_->cache().find(node_.now());
}

protocol::channel_info channel_model::describe(const protocol::info_request& asked) const {
  return core_->describe(asked, node_.now());
}

void channel_model::begin() {
  ++life_;
  core_.emplace(node_.ref(place_), &node_, std::chrono::minutes{30});
}

/// What a channel that is not needed knows is forgotten, as the directory does.
void channel_model::end_if_idle() {
  if (asked_.empty() && core_->idle(node_.now()))
    begin();
}

// -- clients

void channel_model::subscribe(socket_id socket, const std::string& user, const std::string& info) {
  coming_[socket] = user;
  channels::subscription who{.socket = to_protocol(socket)};
  if (name().presence)
    who.who = protocol::presence_member{user, info};
  perform(core_->on_subscribe(std::move(who), node_.now()));
}

void channel_model::unsubscribe(socket_id socket, bool moving) {
  if (const auto found = subscribers_.find(socket); found != subscribers_.end())
    go(found, moving);
  else if (coming_.contains(socket))
    gone_.emplace(socket, gone_early{moving});
  perform(core_->on_unsubscribe({.socket = to_protocol(socket), .moving = moving}, node_.now()));
}

void channel_model::go(std::map<socket_id, told_subscriber>::iterator who, bool moving) {
  oracle_.goes(node_, *this, who->first, moving);
  subscribers_.erase(who);
}

void channel_model::publish(std::uint64_t event, std::optional<socket_id> except,
                            const std::optional<std::string>& user) {
  const auto data = node_.event_data(event);
  channels::local_event what{"e", data};
  if (except)
    what.except = to_protocol(*except);
  if (user && name().presence)
    what.user_id = *user;
  perform(user ? core_->on_client_event(what) : core_->on_publish(what, node_.now()));
}

// -- what the channel wants done

/// Questions to the roster wait in line, as in its mailbox.
void channel_model::perform(channels::channel_effects effects) {
  for (auto& effect : effects)
    std::visit(
        [this]<class Effect>(Effect& each) {
          if constexpr (std::is_constructible_v<question, Effect>)
            ask(std::move(each));
          else
            perform(each);
        },
        effect);
  if (!roster_works_)
    let_roster_answer();
  end_if_idle();
}

void channel_model::perform(const channels::want& wish) {
  wanted_since_ = node_.now();
  node_.want(place_, wish.ticket);
}

void channel_model::perform(const channels::unwant& wish) {
  idle_since_ = node_.now();
  node_.unwant(place_, wish.ticket);
}

void channel_model::perform(const channels::roster_join& news) {
  node_.roster_join(place_, news.who);
}

void channel_model::perform(const channels::roster_leave& news) {
  node_.roster_leave(place_, news.user_id, news.moving);
}

void channel_model::perform(const channels::forward& event) {
  const auto number = number_of(event.event.data);
  node_.forward(place_, number, event);
  if (event.cache)
    oracle_.kept(*this, number, event.hlc, node_.epoch());
}

void channel_model::perform(const channels::wake_at& time) {
  node_.at_shard(place_, time.at, [this, life = life_] {
    if (life == life_)
      perform(core_->on_wake(node_.now()));
  });
}

void channel_model::perform(const channels::let_in& answer) {
  const auto socket = answer.socket.serial;
  told_subscriber told{.user = coming_.extract(socket).mapped(), .since = node_.now()};
  if (name().presence)
    told.members = read_data(read(answer.acknowledgement))["presence"]["ids"];
  const auto in = subscribers_.emplace(socket, std::move(told)).first;
  oracle_.let_in(node_, *this, socket);
  if (const auto early = gone_.extract(socket); !early.empty())
    go(in, early.mapped().moving);
}

void channel_model::perform(const channels::refuse& answer) {
  coming_.erase(answer.socket.serial);
  gone_.erase(answer.socket.serial);
}

void channel_model::perform(const channels::deliver& event) {
  const auto message = read(event.frame);
  const auto data = read_data(message);
  const auto what = message.at("event").get<std::string>();
  const bool added = what == "pusher_internal:member_added";
  if (added || what == "pusher_internal:member_removed") {
    const auto user = data.at("user_id").get<std::string>();
    const announcement news{
        added ? announcement::kind::added : announcement::kind::removed, user, {}};
    oracle_.announced(node_, *this, news);
    for (auto& [socket, told] : subscribers_)
      if (to_protocol(socket) != event.except)
        if (!(added ? told.members.insert(user).second : told.members.erase(user) > 0))
          oracle_.fail(node_, "tells a subscriber twice that " + user + " came or went");
    return;
  }
  std::optional<std::string> user;
  if (message.contains("user_id"))
    user = message.at("user_id").get<std::string>();
  for (auto& [socket, told] : subscribers_)
    if (to_protocol(socket) != event.except)
      oracle_.delivered(node_, *this, socket, told, data.at(1).get<epoch_t>(),
                        data.at(0).get<std::uint64_t>(), user);
}

// -- the roster

void channel_model::ask(question what) {
  if (!roster_) {
    ++roster_life_;
    roster_.emplace(channels::roster_view_settings{.self = node_.epoch()});
  }
  asked_.push_back(std::move(what));
  // Both are on one shard; now and then other messages come between question and answer.
  if (asked_.size() > 1 || !node_.roster_is_late())
    return;
  roster_works_ = true;
  node_.soon(place_, [this] {
    roster_works_ = false;
    let_roster_answer();
    end_if_idle();
  });
}

void channel_model::let_roster_answer() {
  while (!asked_.empty() && !roster_works_) {
    const auto next = std::move(asked_.front());
    asked_.pop_front();
    std::visit([this](const auto& each) { answer(each); }, next);
  }
}

void channel_model::answer(const channels::join_roster& call) {
  const auto said = roster_->on_join(call, node_.now());
  arm_roster();
  perform(core_->on_joined(call, said, node_.now()));
}

void channel_model::answer(const channels::leave_roster& call) {
  const auto said = roster_->on_leave(call, node_.now());
  arm_roster();
  perform(core_->on_left(call, said));
}

void channel_model::answer(const channels::begin_roster& call) {
  roster_->on_begin(call, node_.now());
}

void channel_model::answer(const channels::change_roster& call) {
  const auto said = roster_->on_change(call, node_.now());
  arm_roster();
  perform(core_->on_changed(said, node_.now()));
}

void channel_model::perform(const channels::end_roster&) {
  roster_.reset();
}

void channel_model::arm_roster() {
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

// -- the cluster

void channel_model::on_item(const channels::channel_item& item) {
  const auto* ready = std::get_if<channel_ready>(&*item);
  if (ready && ready->ticket == core_->ticket() && !core_->known())
    ready_since_ = node_.now();
  perform(core_->on_item(item, node_.now()));
}

}  // namespace grapevine::cluster::sim
