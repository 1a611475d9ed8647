#include "channels/channel_core.hpp"

#include "protocol/server_message.hpp"
#include "protocol/websocket_frame.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

namespace grapevine::channels {

namespace {

namespace server_message = protocol::server_message;

shared_bytes framed(std::string_view json) {
  return std::make_shared<const std::string>(protocol::encode_frame(protocol::opcode::text, json));
}

}  // namespace

channel_core::channel_core(cluster::channel_ref channel, cluster_numbers* numbers,
                           cluster::duration cache_ttl)
    : channel_{std::move(channel)}, type_{protocol::classify(channel_.name)}, numbers_{numbers},
      cache_ttl_{cache_ttl}, known_{numbers == nullptr} {}

// -- clients

channel_effects channel_core::on_subscribe(subscription who, cluster::time_point now) {
  channel_effects effects;
  pass_or_hold(std::move(who), now, effects);
  return effects;
}

channel_effects channel_core::on_unsubscribe(const unsubscription& who, cluster::time_point now) {
  channel_effects effects;
  pass_or_hold(who, now, effects);
  return effects;
}

void channel_core::pass_or_hold(move what, cluster::time_point now, channel_effects& effects) {
  auto* comes = std::get_if<subscription>(&what);
  if (!known_) {
    // Someone may leave whom nobody let in.
    if (ticket_ == 0 && !comes)
      return;
    if (ticket_ == 0)
      effects.push_back(want{ticket_ = numbers_->ticket()});
    pending_.push_back(std::move(what));
  } else if (comes) {
    enter(std::move(*comes), now, effects);
  } else {
    leave(std::get<unsubscription>(what), effects);
  }
}

void channel_core::enter(subscription who, cluster::time_point now, channel_effects& effects) {
  if (type_.presence()) {
    has_roster_ = true;
    ++answers_due_;
    effects.push_back(join_roster{std::move(who), numbers_ ? numbers_->stamp() : 0});
    return;
  }
  if (!acknowledgement_)
    acknowledgement_ = framed(server_message::subscription_succeeded(channel_.name));
  admit(who, acknowledgement_, now, effects);
}

channel_effects channel_core::on_joined(const join_roster& asked, const joined_roster& answer,
                                        cluster::time_point now) {
  channel_effects effects;
  --answers_due_;
  users_ = answer.users;
  const auto& who = asked.who;
  if (answer.result.what == roster_view::outcome::full) {
    effects.push_back(refuse{who.socket, who.serial, who.shard, "LimitReached",
                             "The presence channel has its maximum of members", 4100});
    if (!occupied())
      vacate(effects);
    return effects;
  }
  if (answer.result.first_here && numbers_)
    effects.push_back(roster_join{{who.who->user_id, who.who->user_info, asked.hlc}});
  admit(
      who,
      framed(server_message::presence_subscription_succeeded(channel_.name, answer.presence_data)),
      now, effects);
  announce(answer.result.news, who.socket, effects);
  return effects;
}

void channel_core::admit(const subscription& who, shared_bytes acknowledgement,
                         cluster::time_point now, channel_effects& effects) {
  if (!who.repeated && subscribers_.add(who.shard))
    effects.push_back(set_occupied{true});
  effects.push_back(let_in{who.socket, who.serial, who.shard, std::move(acknowledgement),
                           who.repeated ? nullptr : after_acknowledgement(now)});
}

shared_bytes channel_core::after_acknowledgement(cluster::time_point now) {
  if (!type_.cache)
    return nullptr;
  if (const auto* cached = cache_.find(now))
    return framed(server_message::event(channel_.name, cached->event, cached->data));
  cache_.miss();
  return framed(server_message::cache_miss(channel_.name));
}

void channel_core::leave(const unsubscription& who, channel_effects& effects) {
  if (!type_.presence())
    return count_out(who.shard, effects);
  if (!has_roster_)
    return;
  ++answers_due_;
  effects.push_back(leave_roster{who});
}

channel_effects channel_core::on_left(const leave_roster& asked, const left_roster& answer) {
  channel_effects effects;
  --answers_due_;
  users_ = answer.users;
  if (answer.result.last_here && numbers_)
    effects.push_back(roster_leave{*answer.result.last_here, asked.who.moving});
  announce(answer.result.news, {}, effects);
  if (answer.result.was_in)
    count_out(asked.who.shard, effects);
  if (!occupied())
    vacate(effects);
  return effects;
}

void channel_core::count_out(std::uint32_t shard, channel_effects& effects) {
  if (!subscribers_.remove(shard))
    return;
  effects.push_back(set_occupied{false});
  vacate(effects);
}

/// Nobody is here any more: other nodes need send nothing, and what they say of members has nobody
/// to go to.
void channel_core::vacate(channel_effects& effects) {
  if (ticket_ == 0 || answers_due_ > 0)
    return;
  effects.push_back(unwant{std::exchange(ticket_, 0)});
  known_ = false;
  held_.clear();
  if (!std::exchange(has_roster_, false))
    return;
  users_ = 0;
  effects.push_back(end_roster{});
}

// -- events of this node

channel_effects channel_core::on_publish(const local_event& event, cluster::time_point now) {
  channel_effects effects;
  if (occupied())
    broadcast(server_message::event(channel_.name, event.event, event.data), event.except, effects);
  const auto hlc = numbers_ && type_.cache ? numbers_->stamp() : 0;
  if (numbers_ && !event.here_only)
    effects.push_back(forward{event, false, type_.cache, hlc});
  if (type_.cache)
    keep({std::string{event.event}, std::string{event.data}, now + cache_ttl_, hlc,
          numbers_ ? numbers_->self() : 0},
         effects);
  return effects;
}

channel_effects channel_core::on_client_event(const local_event& event) {
  channel_effects effects;
  if (occupied())
    broadcast(server_message::client_event(channel_.name, event.event, event.data, event.user_id),
              event.except, effects);
  if (numbers_)
    effects.push_back(forward{event, true, false, 0});
  return effects;
}

/// The caller has seen that somebody is here.
void channel_core::broadcast(std::string_view json, protocol::socket_id except,
                             channel_effects& effects) const {
  effects.push_back(deliver{framed(json), except});
}

void channel_core::keep(cached_event event, channel_effects& effects) {
  const auto expires_at = event.expires_at;
  if (cache_.store(std::move(event)) && !std::exchange(wakes_, true))
    effects.push_back(wake_at{expires_at});
}

channel_effects channel_core::on_wake(cluster::time_point now) {
  channel_effects effects;
  cache_.expire(now);
  const auto* cached = cache_.find(now);
  wakes_ = cached != nullptr;
  if (cached)
    effects.push_back(wake_at{cached->expires_at});
  return effects;
}

// -- the cluster

channel_effects channel_core::on_item(const channel_item& item, cluster::time_point now) {
  channel_effects effects;
  if (std::holds_alternative<cluster::channel_ready>(*item))
    on_ready(item, now, effects);
  else if (!known_)
    return effects;
  else if (roster_works_on_item_)
    held_.push_back(item);
  else
    on_known_item(item, now, effects);
  return effects;
}

void channel_core::on_ready(const channel_item& item, cluster::time_point now,
                            channel_effects& effects) {
  const auto& ready = std::get<cluster::channel_ready>(*item);
  if (known_ || ready.ticket != ticket_ || ticket_ == 0)
    return;
  known_ = true;
  if (type_.presence()) {
    has_roster_ = true;
    effects.push_back(begin_roster{item});
  }
  for (const auto& part : ready.roster)
    for (const auto& joined : part.joins)
      numbers_->observe(joined->hlc);
  if (const auto& kept = ready.cached) {
    numbers_->observe(kept->hlc);
    keep({kept->event, kept->data, kept->expires_at, kept->hlc, kept->publisher}, effects);
  }
  // The last to leave gives the channel up; who stands behind him waits for the next `want`.
  for (auto& each : std::exchange(pending_, {}))
    pass_or_hold(std::move(each), now, effects);
}

void channel_core::on_known_item(const channel_item& item, cluster::time_point now,
                                 channel_effects& effects) {
  if (const auto* event = std::get_if<cluster::remote_event>(&*item))
    return on_remote_event(*event, now, effects);
  if (!type_.presence())
    return;
  for (const auto& joined : std::get<cluster::remote_roster>(*item).change.joins)
    numbers_->observe(joined->hlc);
  roster_works_on_item_ = true;
  ++answers_due_;
  effects.push_back(change_roster{item});
}

void channel_core::on_remote_event(const cluster::remote_event& event, cluster::time_point now,
                                   channel_effects& effects) {
  namespace flag = cluster::event_flag;
  const bool from_client = (event.flags & flag::client_event) != 0;
  if (occupied() && (event.flags & flag::store_only) == 0) {
    std::optional<std::string_view> user_id;
    if (event.flags & flag::has_user_id)
      user_id = event.user_id;
    const auto json =
        from_client ? server_message::client_event(channel_.name, event.event, event.data, user_id)
                    : server_message::event(channel_.name, event.event, event.data);
    broadcast(json, protocol::parse_socket_id(event.except).value_or(protocol::socket_id{}),
              effects);
  }
  if (!from_client && (event.flags & flag::cache) != 0) {
    numbers_->observe(event.hlc);
    keep({event.event, event.data, now + cache_ttl_, event.hlc, event.publisher}, effects);
  }
}

// -- the roster

channel_effects channel_core::on_changed(const roster_news& answer, cluster::time_point now) {
  --answers_due_;
  roster_works_on_item_ = false;
  auto effects = on_news(answer);
  if (!occupied())
    vacate(effects);
  release_held(now, effects);
  return effects;
}

void channel_core::release_held(cluster::time_point now, channel_effects& effects) {
  auto held = std::exchange(held_, {});
  for (auto item = held.begin(); item != held.end(); ++item) {
    if (roster_works_on_item_) {
      held_.assign(item, held.end());
      return;
    }
    on_known_item(*item, now, effects);
  }
}

channel_effects channel_core::on_news(const roster_news& later) {
  channel_effects effects;
  // Of a roster that was ended meanwhile.
  if (!has_roster_)
    return effects;
  users_ = later.users;
  announce(later.news, {}, effects);
  return effects;
}

void channel_core::announce(const roster_view::announcements& news, protocol::socket_id except,
                            channel_effects& effects) {
  if (!occupied())
    return;
  for (const auto& each : news)
    broadcast(each.what == roster_view::announcement::kind::added
                  ? server_message::member_added(channel_.name, {each.user_id, each.user_info})
                  : server_message::member_removed(channel_.name, each.user_id),
              except, effects);
}

// -- questions

protocol::channel_info channel_core::describe(const protocol::info_request& asked,
                                              cluster::time_point now) const {
  protocol::channel_info info;
  info.occupied = occupied();
  if (asked.subscription_count)
    info.subscription_count = subscribers_.subscriptions();
  if (asked.user_count)
    info.user_count = users_;
  info.cache_asked = asked.cache;
  if (const auto* cached = asked.cache ? cache_.find(now) : nullptr) {
    const auto left = std::chrono::duration_cast<std::chrono::seconds>(cached->expires_at - now);
    info.cache = protocol::cached_data{cached->data, left.count()};
  }
  return info;
}

bool channel_core::idle(cluster::time_point now) const noexcept {
  return !occupied() && answers_due_ == 0 && pending_.empty() && !cache_.find(now);
}

}  // namespace grapevine::channels
