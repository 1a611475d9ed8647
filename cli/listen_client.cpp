#include "cli/listen_client.hpp"

#include "base/json_text.hpp"
#include "cli/exit_status.hpp"
#include "cli/printable.hpp"
#include "protocol/channel_name.hpp"
#include "protocol/signature.hpp"
#include "protocol/socket_id.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace grapevine::cli {

namespace {

// Its objects keep their order, so that a line reads as it was written.
using json = nlohmann::ordered_json;
using namespace std::chrono_literals;

constexpr auto greeting_timeout = 10s;
constexpr auto pong_timeout = 30s;
constexpr auto closing_timeout = 2s;
constexpr auto activity_timeout_max = 120s;
constexpr auto retry_delay_max = 30s;

json parse(std::string_view text) {
  return json::parse(text, nullptr, false);
}

std::string string_at(const json& object, const char* key) {
  const auto member = object.is_object() ? object.find(key) : object.end();
  return member != object.end() && member->is_string() ? member->get<std::string>() : std::string{};
}

/// Pusher servers send `data` as an object or as a string that holds one.
json decoded_data(const json& data) {
  return data.is_string() ? parse(data.get_ref<const std::string&>()) : data;
}

std::string message(const char* event, const json& data) {
  return base::json_text(json{{"event", event}, {"data", data}});
}

}  // namespace

close_action action_for(std::optional<std::uint16_t> code) noexcept {
  if (!code || *code < 4000)
    return close_action::retry_later;
  if (*code < 4100 || *code >= 4300)
    return close_action::give_up;
  return *code < 4200 ? close_action::retry_later : close_action::retry_at_once;
}

listen_client::listen_client(listen_options options, std::uint32_t seed, time_point now)
    : options_{std::move(options)}, random_{seed} {
  if (options_.timeout)
    time_is_up_ = now + *options_.timeout;
}

listen_effects listen_client::start() {
  phase_ = phase::connecting;
  return {open_connection{}};
}

listen_effects listen_client::on_open(time_point now) {
  phase_ = phase::greeting;
  due_ = now + greeting_timeout;
  complaint_.reset();
  return {};
}

listen_effects listen_client::on_text(std::string_view text, time_point now) {
  if (phase_ != phase::greeting && phase_ != phase::listening)
    return {};
  if (phase_ == phase::listening) {
    due_ = now + activity_timeout_;
    pinged_ = false;
  }
  const json frame = parse(text);
  const std::string event = string_at(frame, "event");
  if (event.empty())
    return {print_note{"ignored a frame that is no Pusher message"}};
  const auto found = frame.find("data");
  const json data = found == frame.end() ? json{} : *found;
  const std::string channel = string_at(frame, "channel");

  if (event == "pusher:connection_established")
    return phase_ == phase::greeting ? greet(base::json_text(decoded_data(data)), now)
                                     : listen_effects{};
  if (event == "pusher:ping")
    return {send_text{message("pusher:pong", json::object())}};
  if (event == "pusher:error")
    return on_error(base::json_text(decoded_data(data)));
  if (event == "pusher_internal:subscription_succeeded")
    return {print_note{"subscribed to " + printable(channel)}};
  if (event == "pusher:subscription_error") {
    const std::string why = string_at(decoded_data(data), "error");
    return end(exit_failed,
               "the subscription to " + printable(channel) + " was refused: " + printable(why),
               now);
  }
  if (event.starts_with("pusher:") || event.starts_with("pusher_internal:") || channel.empty())
    return {};

  json line{{"event", event}, {"channel", channel}, {"data", data}};
  if (frame.contains("user_id"))
    line["user_id"] = frame["user_id"];
  listen_effects effects{print_line{base::json_text(line)}};
  ++events_;
  if (options_.count && events_ >= *options_.count) {
    listen_effects last = end(exit_ok, {}, now);
    effects.insert(effects.end(), last.begin(), last.end());
  }
  return effects;
}

listen_effects listen_client::greet(std::string_view data, time_point now) {
  const json greeting = parse(data);
  const std::string socket_id = string_at(greeting, "socket_id");
  // What is signed below is "socket:channel": an id of another form could make it mean something
  // else.
  if (!protocol::is_socket_id(socket_id))
    return end(exit_failed, "the server's greeting holds no valid socket id", now);
  activity_timeout_ = activity_timeout_max;
  if (const auto told = greeting.find("activity_timeout");
      told != greeting.end() && told->is_number_integer()) {
    const auto seconds =
        std::clamp<std::int64_t>(told->get<std::int64_t>(), 1, activity_timeout_max.count());
    activity_timeout_ = std::chrono::seconds{seconds};
  }
  phase_ = phase::listening;
  due_ = now + activity_timeout_;
  pinged_ = false;
  failures_ = 0;
  listen_effects effects{print_note{"connected as socket " + socket_id}};
  for (const std::string& channel : options_.channels)
    effects.push_back(send_text{subscription(channel, socket_id)});
  return effects;
}

std::string listen_client::subscription(const std::string& channel,
                                        const std::string& socket_id) const {
  const protocol::channel_type type = protocol::classify(channel);
  json data{{"channel", channel}};
  if (type.presence()) {
    const std::string member = base::json_text(json{{"user_id", "listen-" + socket_id}});
    data["auth"] =
        protocol::channel_auth(options_.key, options_.secret, socket_id, channel, member);
    data["channel_data"] = member;
  } else if (type.access == protocol::channel_access::signed_) {
    data["auth"] = protocol::channel_auth(options_.key, options_.secret, socket_id, channel);
  }
  return message("pusher:subscribe", data);
}

listen_effects listen_client::on_error(std::string_view data) {
  const json error = parse(data);
  const std::string why = printable(string_at(error, "message"));
  const auto code = error.is_object() ? error.find("code") : error.end();
  if (code == error.end() || !code->is_number_integer())
    return {print_note{"error: " + why}};
  const auto number = code->get<std::int64_t>();
  if (number >= 0 && number <= UINT16_MAX)
    complaint_ = complaint{static_cast<std::uint16_t>(number), why};
  return {print_note{"error " + std::to_string(number) + ": " + why}};
}

listen_effects listen_client::on_refused(unsigned status, time_point now) {
  const std::string answer =
      "the server answered HTTP " + std::to_string(status) + " instead of a WebSocket";
  // Asking again does not mend a wrong path; a gateway without a server behind it may come back.
  if (status < 500 && phase_ != phase::closing) {
    phase_ = phase::finished;
    return {finish{exit_failed, answer}};
  }
  return on_closed(std::nullopt, answer, now);
}

listen_effects listen_client::on_closed(std::optional<std::uint16_t> code, std::string_view reason,
                                        time_point now) {
  if (phase_ == phase::finished || phase_ == phase::waiting)
    return {};
  if (phase_ == phase::closing) {
    phase_ = phase::finished;
    return {ending_};
  }
  // Before the greeting an error frame means as much as a close (protocol.md 1.1).
  std::string why = printable(reason);
  if (complaint_ && (phase_ == phase::greeting || complaint_->code == code)) {
    if (!code)
      code = complaint_->code;
    if (!complaint_->message.empty())
      why = complaint_->message;
  }
  if (code)
    why = "closed by the server with " + std::to_string(*code) + (why.empty() ? "" : ": " + why);
  const close_action action = action_for(code);
  if (action == close_action::give_up) {
    phase_ = phase::finished;
    return {finish{exit_failed, why}};
  }
  return retry(action, why, now);
}

listen_effects listen_client::retry(close_action action, std::string reason, time_point now) {
  // Between half and all of the delay, which doubles with each try that came to nothing.
  std::chrono::milliseconds longest = 250ms;
  if (action == close_action::retry_later || failures_ > 0)
    longest =
        std::min<std::chrono::milliseconds>(1s * (1 << std::min(failures_, 5u)), retry_delay_max);
  std::uniform_int_distribution<std::int64_t> between{longest.count() / 2, longest.count()};
  const std::chrono::milliseconds delay{between(random_)};
  ++failures_;
  phase_ = phase::waiting;
  due_ = now + delay;
  return {
      print_note{std::move(reason) + "; trying again in " + std::to_string(delay.count()) + " ms"}};
}

listen_effects listen_client::on_timer(time_point now) {
  if (phase_ == phase::finished)
    return {};
  if (time_is_up_ && now >= *time_is_up_ && phase_ != phase::closing) {
    if (!options_.count)
      return end(exit_ok, {}, now);
    return end(exit_failed,
               "the time is up after " + std::to_string(events_) + " of "
                   + std::to_string(*options_.count) + " events",
               now);
  }
  const auto due = phase_deadline();
  if (!due || now < *due)
    return {};
  switch (phase_) {
  case phase::waiting:
    return start();
  case phase::listening:
    if (!pinged_) {
      pinged_ = true;
      due_ = now + pong_timeout;
      return {send_text{message("pusher:ping", json::object())}};
    }
    [[fallthrough]];
  case phase::greeting: {
    const bool greeted = phase_ == phase::listening;
    listen_effects effects{drop_connection{}};
    listen_effects again =
        retry(greeted ? close_action::retry_at_once : close_action::retry_later,
              greeted ? "the server does not answer" : "the server sent no greeting", now);
    effects.insert(effects.end(), again.begin(), again.end());
    return effects;
  }
  case phase::closing:
    phase_ = phase::finished;
    return {ending_};
  case phase::connecting:
  case phase::finished:
    break;
  }
  return {};
}

listen_effects listen_client::on_stop(time_point now) {
  if (phase_ == phase::finished)
    return {};
  if (phase_ == phase::closing) {
    phase_ = phase::finished;
    return {ending_};
  }
  return end(exit_ok, {}, now);
}

listen_effects listen_client::end(int status, std::string message, time_point now) {
  ending_ = finish{status, std::move(message)};
  if (phase_ == phase::greeting || phase_ == phase::listening) {
    phase_ = phase::closing;
    due_ = now + closing_timeout;
    return {close_connection{1000}};
  }
  phase_ = phase::finished;
  return {ending_};
}

std::optional<listen_client::time_point> listen_client::phase_deadline() const {
  if (phase_ == phase::connecting || phase_ == phase::finished)
    return std::nullopt;
  return due_;
}

std::optional<listen_client::time_point> listen_client::deadline() const {
  const auto due = phase_deadline();
  if (phase_ == phase::closing || phase_ == phase::finished || !time_is_up_)
    return due;
  return due ? std::min(*due, *time_is_up_) : *time_is_up_;
}

}  // namespace grapevine::cli
