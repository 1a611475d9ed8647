#include "drivers/redis_stream_reader.hpp"

#include "net/loop.hpp"

#include <chrono>
#include <utility>

namespace grapevine::drivers {

namespace {

constexpr std::size_t reply_bytes_max = 256u << 20;

redis_session_settings reading(std::vector<redis_step> login, const redis_stream_settings& what,
                               std::uint64_t seed) {
  if (what.database != 0)
    login.push_back({{"SELECT", std::to_string(what.database)},
                     "to select database " + std::to_string(what.database),
                     {}});
  login.push_back({{"XGROUP", "CREATE", what.stream, what.group, "$", "MKSTREAM"},
                   "to make the consumer group " + what.group + " of " + what.stream,
                   "BUSYGROUP"});
  redis_session_settings settings;
  settings.preparation = std::move(login);
  settings.seed = seed;
  return settings;
}

std::string command_of(const std::vector<std::string>& words) {
  return redis_command({words.begin(), words.end()});
}

}  // namespace

redis_stream_reader::redis_stream_reader(net::loop& on, redis_address address,
                                         std::vector<redis_step> login,
                                         const redis_stream_settings& what,
                                         redis_payload_limits limits, std::uint64_t seed,
                                         redis_subscriber::handlers to)
    : on_{on}, stream_{what.stream}, limits_{limits}, handlers_{std::move(to)},
      state_{what.stream, what.group, what.consumer}, connection_{on, std::move(address),
                                                                  reading(std::move(login), what,
                                                                          seed),
                                                                  reply_bytes_max, *this},
      self_{std::make_shared<redis_stream_reader*>(this)} {}

redis_stream_reader::~redis_stream_reader() {
  stop();
}

void redis_stream_reader::stop() noexcept {
  *self_ = nullptr;
  connection_.stop();
}

void redis_stream_reader::on_ready() {
  state_.on_ready(on_.now());
  go_on();
}

void redis_stream_reader::go_on() {
  if (!connection_.is_ready())
    return;
  if (const auto command = state_.acknowledge())
    connection_.send(command_of(*command));
  if (const auto command = state_.ask(on_.now()))
    connection_.send(command_of(*command));
}

void redis_stream_reader::on_reply(redis_reply reply) {
  std::vector<redis_stream_entry> entries;
  std::string why;
  if (!state_.on_reply(reply, entries, why)) {
    connection_.give_up(why);
    return;
  }
  // A handler may stop this.
  const auto self = self_;
  for (const auto& entry : entries) {
    if (!*self)
      return;
    auto read = decode_redis_entry(entry.fields, limits_);
    if (const auto* wrong = std::get_if<not_an_event>(&read)) {
      handlers_.on_ignored(stream_, wrong->why);
      state_.on_taken(entry.id);
      continue;
    }
    auto& event = std::get<incoming_event>(read);
    event.taken = [self, id = std::string{entry.id}] {
      if (*self)
        (*self)->on_taken(id);
    };
    handlers_.on_event(std::move(event));
  }
  if (*self)
    go_on();
}

void redis_stream_reader::on_taken(const std::string& id) {
  state_.on_taken(id);
  go_on();
}

void redis_stream_reader::on_report(driver_state state, std::string_view why) {
  handlers_.on_state(state, why);
}

}  // namespace grapevine::drivers
