#include "drivers/redis_session.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace grapevine::drivers {

namespace {

/// Whether an error of the preparation is of a kind that goes by itself: the server is starting, or
/// looks for its primary.
bool passes_by_itself(std::string_view error) {
  constexpr std::array<std::string_view, 5> kinds{"LOADING", "BUSY ", "MASTERDOWN", "TRYAGAIN",
                                                  "CLUSTERDOWN"};
  return std::any_of(kinds.begin(), kinds.end(),
                     [&](auto kind) { return error.starts_with(kind); });
}

/// What a server says, for a log: one line of bounded length.
std::string shown(std::string_view text) {
  constexpr std::size_t shown_max = 200;
  std::string result{text.substr(0, shown_max)};
  std::replace_if(
      result.begin(), result.end(), [](unsigned char c) { return c < 0x20 || c >= 0x7f; }, '?');
  return result;
}

}  // namespace

redis_session::redis_session(redis_session_settings settings)
    : settings_{std::move(settings)}, backoff_{settings_.rest_min, settings_.rest_max,
                                               settings_.seed} {}

redis_session::actions redis_session::start(time_point) {
  phase_ = phase::dialling;
  deadline_ = time_point::max();
  return {dial{}};
}

redis_session::actions redis_session::on_open(time_point now) {
  if (phase_ != phase::dialling)
    return {};
  phase_ = phase::preparing;
  answered_ = 0;
  ping_sent_ = false;
  deadline_ = now + settings_.prepare_within;
  // The answer to the PING ends the preparation, and shows that this user may ping.
  std::string bytes;
  for (const auto& step : settings_.preparation)
    bytes += redis_command({step.command.begin(), step.command.end()});
  bytes += redis_command({"PING"});
  return {send{std::move(bytes)}};
}

void redis_session::on_bytes(time_point now) noexcept {
  if (phase_ != phase::ready)
    return;
  ping_sent_ = false;
  deadline_ = now + settings_.ping_after;
}

redis_session::actions redis_session::on_reply(const redis_reply& reply, time_point now,
                                               bool& is_ours) {
  is_ours = true;
  if (phase_ == phase::ready) {
    is_ours = is_pong(reply);
    return {};
  }
  if (phase_ != phase::preparing)
    return {};
  if (answered_ < settings_.preparation.size()) {
    const auto& step = settings_.preparation[answered_];
    const bool tolerated = !step.tolerated.empty() && reply.text.starts_with(step.tolerated);
    if (reply.is_error() && !tolerated)
      return rest(passes_by_itself(reply.text) ? driver_state::away : driver_state::halted,
                  "Redis refuses " + step.purpose + ": " + shown(reply.text), now);
    ++answered_;
    return {};
  }
  if (reply.is_error())
    return rest(passes_by_itself(reply.text) ? driver_state::away : driver_state::halted,
                "Redis refuses to answer PING: " + shown(reply.text), now);
  if (!is_pong(reply))
    return rest(driver_state::away, "what listens there is not Redis", now);
  phase_ = phase::ready;
  backoff_.reset();
  deadline_ = now + settings_.ping_after;
  actions result{ready{}};
  report_once(driver_state::up, "connected", result);
  return result;
}

redis_session::actions redis_session::on_closed(std::string_view why, time_point now) {
  if (phase_ == phase::resting)
    return {};
  const std::string_view what =
      phase_ == phase::ready ? "lost the connection: " : "cannot connect: ";
  auto result = rest(driver_state::away, std::string{what} + shown(why), now);
  std::erase(result, action{hang_up{}});
  return result;
}

redis_session::actions redis_session::on_fault(std::string_view why, time_point now) {
  return phase_ == phase::resting ? actions{} : rest(driver_state::away, std::string{why}, now);
}

redis_session::actions redis_session::on_tick(time_point now) {
  if (now < deadline_)
    return {};
  switch (phase_) {
  case phase::resting:
    return start(now);
  case phase::preparing:
    return rest(driver_state::away, "the server does not answer", now);
  case phase::ready:
    if (!settings_.pings || ping_sent_)
      return rest(driver_state::away, "the server has stopped answering", now);
    ping_sent_ = true;
    deadline_ = now + settings_.pong_within;
    return {send{redis_command({"PING"})}};
  case phase::dialling:
    break;
  }
  deadline_ = time_point::max();
  return {};
}

redis_session::actions redis_session::rest(driver_state state, std::string why, time_point now) {
  actions result;
  if (phase_ == phase::ready)
    result.emplace_back(lost{});
  result.emplace_back(hang_up{});
  phase_ = phase::resting;
  // A refusal does not go by itself soon: the pause begins where others have come to.
  deadline_ = now
              + (state == driver_state::halted ? settings_.rest_max
                                               : std::chrono::milliseconds{backoff_.next()});
  report_once(state, std::move(why), result);
  return result;
}

void redis_session::report_once(driver_state state, std::string why, actions& into) {
  report fresh{state, std::move(why)};
  if (reported_ == fresh)
    return;
  reported_ = fresh;
  into.emplace_back(std::move(fresh));
}

/// The answer to PING: a status, or among subscriptions the array ["pong", ""].
bool redis_session::is_pong(const redis_reply& reply) noexcept {
  if (reply.what == redis_reply::kind::status)
    return reply.text == "PONG";
  if (reply.is_error())
    return false;
  return reply.what == redis_reply::kind::array && reply.items.size() == 2
         && reply.items[0].text == "pong";
}

}  // namespace grapevine::drivers
