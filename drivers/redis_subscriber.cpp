#include "drivers/redis_subscriber.hpp"

#include <utility>

namespace grapevine::drivers {

namespace {

/// A message may be this large. What is above the limit of an event, but below this, is skipped and
/// counted; above it the connection is given up, because a message is read whole.
constexpr std::size_t message_bytes_max = 64u << 20;

redis_session_settings subscribing(std::vector<redis_step> login, const std::string& prefix,
                                   std::uint64_t seed) {
  const auto pattern = redis_prefix_pattern(prefix);
  login.push_back({{"PSUBSCRIBE", pattern}, "to subscribe to " + pattern, {}});
  redis_session_settings settings;
  settings.preparation = std::move(login);
  settings.seed = seed;
  return settings;
}

}  // namespace

redis_subscriber::redis_subscriber(net::loop& on, redis_address address,
                                   std::vector<redis_step> login, std::string prefix,
                                   std::string origin, redis_payload_limits limits,
                                   std::uint64_t seed, handlers to)
    : prefix_{std::move(prefix)}, origin_{std::move(origin)}, limits_{limits},
      handlers_{std::move(to)}, connection_{on, std::move(address),
                                            subscribing(std::move(login), prefix_, seed),
                                            message_bytes_max, *this} {}

void redis_subscriber::on_reply(redis_reply reply) {
  constexpr std::size_t pmessage_size = 4;  // "pmessage", pattern, channel, payload
  if (reply.items.size() != pmessage_size || reply.items[0].text != "pmessage") {
    // Another client may have ended our subscription, or our rights have gone.
    connection_.give_up("the server has ended the subscription");
    return;
  }
  const std::string_view channel = reply.items[2].text;
  if (!channel.starts_with(prefix_))
    return;
  auto read = decode_redis_payload(channel.substr(prefix_.size()), reply.items[3].text, limits_);
  if (const auto* wrong = std::get_if<not_an_event>(&read))
    handlers_.on_ignored(channel, wrong->why);
  else if (auto& event = std::get<incoming_event>(read); origin_.empty() || event.origin != origin_)
    handlers_.on_event(std::move(event));
}

void redis_subscriber::on_report(driver_state state, std::string_view why) {
  handlers_.on_state(state, why);
}

}  // namespace grapevine::drivers
