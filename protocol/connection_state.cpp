#include "protocol/connection_state.hpp"

#include "protocol/server_message.hpp"
#include "protocol/signature.hpp"
#include "protocol/utf8.hpp"

#include <algorithm>
#include <utility>

namespace grapevine::protocol {

namespace {

using namespace std::chrono_literals;

constexpr int code_unauthorized = 4009;
constexpr int code_client_event_refused = 4301;
constexpr auto malformed_window = 10s;
constexpr std::size_t malformed_max = 10;  // per window, then the connection is closed

/// Tells the client in both dialects: pusher-js hands the first to the channel's handlers, other
/// SDKs know the second.
void refuse_subscription(std::string_view channel, std::string_view type, std::string_view error,
                         int status, connection_effects& out) {
  out.emplace_back(send_message{server_message::subscription_error(channel, type, error, status)});
  out.emplace_back(send_message{server_message::error(std::nullopt, error)});
}

}  // namespace

connection_state::connection_state(const connection_rules& rules, socket_id id, name_pool& names,
                                   time_point now) noexcept
    : rules_{&rules}, names_{&names}, id_{id}, now_{now}, last_activity_{now} {}

std::string connection_state::greeting() const {
  // Clients divide by it and pusher-js refuses 0, so a shorter time-out is announced as one second.
  auto seconds =
      std::max(std::chrono::duration_cast<std::chrono::seconds>(rules_->activity_timeout), 1s);
  return server_message::connection_established(id_, seconds);
}

void connection_state::on_message(std::string_view text, time_point now, connection_effects& out) {
  now_ = now;
  on_activity(now);
  auto message = decode_client_message(text, rules_->json_depth);
  std::visit([&](auto& m) { on(m, out); }, message);
}

void connection_state::on_activity(time_point now) noexcept {
  last_activity_ = now;
  ping_outstanding_ = false;
}

time_point connection_state::deadline() const noexcept {
  // The slack lets a client that pings by itself after activity_timeout do so first.
  auto silent_until = last_activity_ + rules_->activity_timeout + rules_->activity_timeout / 8;
  return ping_outstanding_ ? silent_until + rules_->pong_timeout : silent_until;
}

void connection_state::on_tick(time_point now, connection_effects& out) {
  if (now < deadline())
    return;
  if (ping_outstanding_) {
    out.emplace_back(close_connection{4201, "Pong reply not received in time"});
    return;
  }
  // A browser answers the control frame without JavaScript; a client that knows no control frames
  // answers the event.
  ping_outstanding_ = true;
  out.emplace_back(send_ping{});
  out.emplace_back(send_message{server_message::ping()});
}

void connection_state::on(const ping_message&, connection_effects& out) {
  out.emplace_back(send_message{server_message::pong()});
}

void connection_state::on(const pong_message&, connection_effects&) {}

void connection_state::on(const unknown_message&, connection_effects&) {}

void connection_state::on(const malformed_message& message, connection_effects& out) {
  if (malformed_.take(now_, malformed_window, malformed_max))
    out.emplace_back(send_message{server_message::error(std::nullopt, message.reason)});
  else
    out.emplace_back(close_connection{1003, "Too many malformed messages"});
}

void connection_state::on(const signin_message&, connection_effects& out) {
  out.emplace_back(
      send_message{server_message::error(std::nullopt, "Sign-in is not available on this server")});
}

bool connection_state::authentic(const subscribe_message& message) const {
  return verify_channel_auth(
      message.auth, rules_->key, rules_->secret, to_string(id_), message.channel,
      message.channel_data ? std::string_view{*message.channel_data} : std::string_view{});
}

void connection_state::on(subscribe_message& message, connection_effects& out) {
  const auto& channel = message.channel;
  if (auto fault = check_channel_name(channel, rules_->channel_name, true);
      fault != name_fault::none) {
    auto type = fault == name_fault::too_long ? "LimitReached" : "InvalidChannel";
    // The name may be hostile in length; the answer repeats no more of it than a valid one could
    // have.
    return refuse_subscription(cut_utf8(channel, rules_->channel_name), type, explain(fault), 400,
                               out);
  }
  auto type = classify(channel);
  if (type.access == channel_access::user)
    return refuse_subscription(channel, "AuthError", "The connection is not signed in as this user",
                               401, out);
  if (type.access != channel_access::open && !authentic(message))
    return refuse_subscription(channel, "AuthError",
                               "The connection is unauthorized: the signature does not fit", 401,
                               out);
  if (!type.presence())
    return join(channel, std::nullopt, out);

  auto who = decode_member(message.channel_data.value_or(std::string{}), rules_->json_depth);
  if (!who)
    return refuse_subscription(channel, "AuthError", "channel_data needs a user_id", 401, out);
  if (count_characters(who->user_id) > rules_->presence_user_id)
    return refuse_subscription(channel, "LimitReached", "user_id is too long", 4301, out);
  if (who->user_info.size() > rules_->presence_user_info)
    return refuse_subscription(channel, "LimitReached", "user_info is too large", 4301, out);
  join(channel, std::move(who), out);
}

void connection_state::join(std::string_view channel, std::optional<presence_member> who,
                            connection_effects& out) {
  if (auto* known = find(channel)) {
    // A pending join is answered soon; an active one is acknowledged again, as soketi and Reverb
    // do.
    if (!known->active)
      return;
    if (!who) {
      out.emplace_back(send_message{server_message::subscription_succeeded(channel)});
      return;
    }
    who->user_id = *known->user_id;  // the first identity stays
    ++pending_joins_;
    out.emplace_back(join_channel{known->channel, known->serial, std::move(who), true});
    return;
  }
  if (subscriptions_.size() >= rules_->subscriptions)
    return refuse_subscription(channel, "LimitReached", "Too many subscriptions on this connection",
                               4301, out);

  auto& added = subscriptions_.emplace_back();
  added.channel = names_->intern(channel);
  added.serial = next_serial_++;
  if (who)
    added.user_id = std::make_unique<std::string>(who->user_id);
  ++pending_joins_;
  out.emplace_back(join_channel{added.channel, added.serial, std::move(who), false});
}

void connection_state::on(const unsubscribe_message& message, connection_effects& out) {
  if (auto* known = find(message.channel))
    leave(*known, out);
}

void connection_state::leave(subscription& s, connection_effects& out) {
  out.emplace_back(leave_channel{s.channel, s.serial, s.position, s.active});
  s = std::move(subscriptions_.back());
  subscriptions_.pop_back();
  if (subscriptions_.empty())
    subscriptions_.shrink_to_fit();
}

void connection_state::leave_all(connection_effects& out) {
  for (const auto& s : subscriptions_)
    out.emplace_back(leave_channel{s.channel, s.serial, s.position, s.active});
  subscriptions_.clear();
  subscriptions_.shrink_to_fit();
}

std::optional<std::string> connection_state::why_not(const client_event_message& message) const {
  if (!rules_->client_events)
    return "Client events are not enabled for this app";
  if (count_characters(message.event) > rules_->event_name)
    return "The event's name is too long";
  if (message.data.size() > rules_->event_data)
    return "The event's data is too large";
  auto type = classify(message.channel);
  if (type.encrypted || (type.access != channel_access::signed_ && !type.presence()))
    return "Client events are only allowed on private and presence channels";
  return std::nullopt;
}

void connection_state::on(client_event_message& message, connection_effects& out) {
  auto complain = [&](int code, std::string_view why) {
    out.emplace_back(send_message{server_message::error(code, why)});
  };
  if (auto reason = why_not(message))
    return complain(code_client_event_refused, *reason);
  auto* known = find(message.channel);
  if (!known || !known->active)
    return complain(code_unauthorized, "The connection is not subscribed to this channel");
  if (!client_events_.take(now_, 1s, rules_->client_events_per_second))
    return complain(code_client_event_refused, "Client events are sent too fast");

  relay_client_event relay{known->channel, std::move(message.event), std::move(message.data),
                           std::nullopt};
  if (known->user_id)
    relay.user_id = *known->user_id;
  out.emplace_back(std::move(relay));
}

connection_state::subscription* connection_state::find(std::string_view channel) noexcept {
  auto name = names_->find(channel);
  return name.identity() ? const_cast<subscription*>(std::as_const(*this).find(name)) : nullptr;
}

const connection_state::subscription*
connection_state::find(const interned_name& channel) const noexcept {
  auto found = std::find_if(subscriptions_.begin(), subscriptions_.end(),
                            [&](const auto& s) { return s.channel == channel; });
  return found == subscriptions_.end() ? nullptr : &*found;
}

void connection_state::answered() noexcept {
  if (pending_joins_ > 0)
    --pending_joins_;
}

bool connection_state::confirm(const interned_name& channel, std::uint32_t serial) {
  answered();
  auto* known = const_cast<subscription*>(find(channel));
  if (!known || known->serial != serial)
    return false;
  known->active = true;
  return true;
}

bool connection_state::active(const interned_name& channel, std::uint32_t serial) const noexcept {
  auto* known = find(channel);
  return known && known->serial == serial && known->active;
}

void connection_state::refuse(const interned_name& channel, std::uint32_t serial,
                              std::string_view type, std::string_view error, int status,
                              connection_effects& out) {
  answered();
  auto* known = const_cast<subscription*>(find(channel));
  if (!known || known->serial != serial || known->active)
    return;
  refuse_subscription(channel.text(), type, error, status, out);
  *known = std::move(subscriptions_.back());
  subscriptions_.pop_back();
}

void connection_state::set_position(const interned_name& channel, std::uint32_t position) noexcept {
  if (auto* known = const_cast<subscription*>(find(channel)))
    known->position = position;
}

}  // namespace grapevine::protocol
