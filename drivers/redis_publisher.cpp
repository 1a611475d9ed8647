#include "drivers/redis_publisher.hpp"

#include "drivers/redis_payload.hpp"

#include <utility>

namespace grapevine::drivers {

namespace {

/// Replies to PUBLISH are small; more is not Redis.
constexpr std::size_t reply_bytes_max = 64u << 10;
/// What may be on its way without an answer: enough to keep a connection of 100 ms busy, and little
/// enough to be sent again when it is lost.
constexpr std::size_t in_flight_max = 256;
constexpr std::size_t unsent_bytes_max = 1u << 20;

redis_session_settings publishing(std::vector<redis_step> login, std::uint64_t seed) {
  redis_session_settings settings;
  settings.preparation = std::move(login);
  settings.seed = seed;
  return settings;
}

}  // namespace

redis_publisher::redis_publisher(net::loop& on, redis_address address,
                                 std::vector<redis_step> login, std::string prefix,
                                 std::string origin, std::size_t queue_bytes_max,
                                 std::uint64_t seed, state_handler on_state)
    : prefix_{std::move(prefix)}, origin_{std::move(origin)}, on_state_{std::move(on_state)},
      queue_{queue_bytes_max}, connection_{on, std::move(address),
                                           publishing(std::move(login), seed), reply_bytes_max,
                                           *this} {}

void redis_publisher::stop() {
  connection_.stop();
  queue_.close("the driver is stopped");
}

void redis_publisher::publish(outgoing_event event, completion done) {
  queue_.push(std::move(event), std::move(done));
  send_more();
}

void redis_publisher::send_more() {
  while (connection_.is_ready() && queue_.in_flight() < in_flight_max
         && connection_.unsent() < unsent_bytes_max) {
    const auto* event = queue_.send_next();
    if (!event)
      return;
    channels_in_flight_.push_back(event->channels.size());
    const auto payload = encode_redis_payload(*event, origin_);
    std::string commands;
    for (const auto& channel : event->channels)
      commands += redis_command({"PUBLISH", prefix_ + channel, payload});
    connection_.send(commands);
  }
}

void redis_publisher::on_ready() {
  send_more();
}

void redis_publisher::on_reply(redis_reply reply) {
  if (channels_in_flight_.empty()) {
    connection_.give_up("the server answers what it was not asked");
    return;
  }
  if (reply.is_error() && refusal_.empty())
    refusal_ = reply.text;
  if (++answered_channels_ < channels_in_flight_.front())
    return;
  channels_in_flight_.pop_front();
  answered_channels_ = 0;
  auto refusal = std::exchange(refusal_, {});
  queue_.answer(refusal.empty() ? outcome{}
                                : outcome{outcome::kind::refused,
                                          "Redis refuses to publish: " + std::move(refusal)});
  send_more();
}

void redis_publisher::on_lost() {
  channels_in_flight_.clear();
  answered_channels_ = 0;
  refusal_.clear();
  queue_.rewind();
}

void redis_publisher::on_report(driver_state state, std::string_view why) {
  on_state_(state, why);
}

}  // namespace grapevine::drivers
