#include "broadcast/redis_queue.hpp"

#include "broadcast/retry.hpp"
#include "drivers/redis_url.hpp"
#include "net/client_tls.hpp"

#include <algorithm>
#include <utility>

namespace grapevine::broadcasting {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using reply_kind = drivers::redis_reply::kind;

constexpr auto call_timeout = 5'000ms;
constexpr auto read_wait = 500ms;  // of one XREADGROUP, and so of `stop`
const std::string group = "grapevine";

/// XADD unless the stream holds as many as it may; an entry leaves it when it was dealt with.
const std::string push_script =
    "if redis.call('XLEN',KEYS[1])>=tonumber(ARGV[1]) then return 'full' end "
    "return redis.call('XADD',KEYS[1],'*','event',ARGV[2])";

drivers::redis_session_settings session_for(const drivers::redis_location& at,
                                            const std::string& stream, std::uint64_t seed) {
  drivers::redis_session_settings session;
  if (!at.password.empty() || !at.username.empty()) {
    drivers::redis_step login{{"AUTH"}, "the login", {}};
    if (!at.username.empty())
      login.command.push_back(at.username);
    login.command.push_back(at.password);
    session.preparation.push_back(std::move(login));
  }
  if (at.database != 0)
    session.preparation.push_back(
        {{"SELECT", std::to_string(at.database)}, "to select its database", {}});
  session.preparation.push_back({{"XGROUP", "CREATE", stream, group, "0", "MKSTREAM"},
                                 "to create the queue " + stream,
                                 "BUSYGROUP"});
  session.seed = seed;
  return session;
}

std::uint64_t draw() {
  std::random_device entropy;
  return std::uint64_t{entropy()} << 32 | entropy();
}

/// The value of the field "event" in `[field, value, …]`.
std::string event_of(const drivers::redis_reply& fields) {
  for (std::size_t i = 0; i + 1 < fields.items.size(); i += 2)
    if (fields.items[i].text == "event")
      return fields.items[i + 1].text;
  return {};
}

}  // namespace

std::unique_ptr<event_queue> redis_queue::make(const std::shared_ptr<loop_thread>& on,
                                               const std::string& name, const queue_settings& with,
                                               const broadcast_settings& settings,
                                               queue_hooks hooks, broadcast_result& error) {
  const auto at = drivers::parse_redis_url(settings.redis_url);
  if (!at) {
    error = {broadcast_errc::misconfigured, "redis_url is no redis://HOST:PORT/DATABASE"};
    return nullptr;
  }
  drivers::redis_address address{at->host, at->port, nullptr};
  if (std::string why; at->tls && !(address.tls = net::client_tls::load(settings.ca_file, why))) {
    error = {broadcast_errc::misconfigured, std::move(why)};
    return nullptr;
  }
  const auto stream = settings.redis_prefix + "grapevine:queue:" + name;
  return std::unique_ptr<event_queue>{new redis_queue{
      on, name, with, address, session_for(*at, stream, draw()), stream, std::move(hooks)}};
}

redis_queue::redis_queue(const std::shared_ptr<loop_thread>& on, std::string name,
                         const queue_settings& settings, const drivers::redis_address& address,
                         const drivers::redis_session_settings& session, std::string stream,
                         queue_hooks hooks)
    : name_{std::move(name)}, settings_{settings}, stream_{std::move(stream)}, hooks_{std::move(
                                                                                   hooks)},
      commands_{on, address, session}, random_{static_cast<std::minstd_rand::result_type>(
                                           draw() % std::minstd_rand::modulus)} {
  auto reading = session;
  reading.pings = false;
  for (unsigned i = 0; i < std::clamp(settings.workers, 1u, 256u); ++i) {
    readers_.push_back(std::make_unique<redis_client>(on, address, reading));
    workers_.emplace_back([this, &reader = *readers_.back(), consumer = std::to_string(draw())] {
      work(reader, consumer);
    });
  }
}

redis_queue::~redis_queue() {
  stop();
}

broadcast_result redis_queue::push(broadcast_item item) {
  if (stopping())
    return {broadcast_errc::stopped, "The broadcaster has ended"};
  const auto reply = commands_.call(
      {"EVAL", push_script, "1", stream_, std::to_string(settings_.events_max), to_text(item, 0)},
      call_timeout);
  if (!reply) {
    const auto why = commands_.trouble();
    return {broadcast_errc::unreachable,
            "Redis, which has the queue \"" + name_ + "\": " + (why.empty() ? "no answer" : why)};
  }
  if (reply->is_error())
    return {broadcast_errc::failed, "Redis, which has the queue \"" + name_ + "\": " + reply->text};
  if (reply->text == "full")
    return {broadcast_errc::queue_full, "The queue \"" + name_ + "\" is full"};
  return {};
}

// -- workers

bool redis_queue::stopping() const {
  const std::lock_guard lock{mutex_};
  return stopping_;
}

bool redis_queue::rest(std::chrono::milliseconds time) {
  std::unique_lock lock{mutex_};
  return !changed_.wait_for(lock, time, [this] { return stopping_; });
}

void redis_queue::work(redis_client& reader, const std::string& consumer) {
  auto claim_at = clock::now();
  while (!stopping()) {
    std::optional<entry> one;
    // What others have left comes first, but is looked for only now and then.
    if (clock::now() >= claim_at) {
      one = claim(consumer);
      if (!one)
        claim_at = clock::now() + std::min<clock::duration>(settings_.claim_after / 2 + 1ms, 10s);
    }
    if (!one)
      one = take(reader, consumer);
    if (one)
      deal_with(*one, consumer);
  }
  // With a consumer Redis forgets what that has taken: only one that has nothing goes.
  const auto taken =
      commands_.call({"XPENDING", stream_, group, "-", "+", "1", consumer}, read_wait);
  if (taken && taken->what == reply_kind::array && taken->items.empty())
    commands_.call({"XGROUP", "DELCONSUMER", stream_, group, consumer}, read_wait);
}

std::optional<redis_queue::entry> redis_queue::claim(const std::string& consumer) {
  const auto reply =
      commands_.call({"XAUTOCLAIM", stream_, group, consumer,
                      std::to_string(settings_.claim_after.count()), "0-0", "COUNT", "1"},
                     call_timeout);
  if (!reply || reply->items.size() < 2 || reply->items[1].items.empty())
    return std::nullopt;
  const auto& found = reply->items[1].items.front();
  if (found.items.size() != 2)
    return std::nullopt;
  return entry{found.items[0].text, event_of(found.items[1])};
}

std::optional<redis_queue::entry> redis_queue::take(redis_client& reader,
                                                    const std::string& consumer) {
  const auto reply = reader.call({"XREADGROUP", "GROUP", group, consumer, "COUNT", "1", "BLOCK",
                                  std::to_string(read_wait.count()), "STREAMS", stream_, ">"},
                                 call_timeout);
  if (!reply || reply->is_error()) {
    // Nothing says when it will do better: the stream may have been deleted, and comes with the
    // next event.
    if (reply && reply->text.starts_with("NOGROUP"))
      commands_.call({"XGROUP", "CREATE", stream_, group, "0", "MKSTREAM"}, call_timeout);
    rest(read_wait);
    return std::nullopt;
  }
  // [[stream, [[id, fields]]]], or nothing when none came.
  if (reply->items.empty() || reply->items[0].items.size() != 2
      || reply->items[0].items[1].items.empty())
    return std::nullopt;
  const auto& found = reply->items[0].items[1].items.front();
  if (found.items.size() != 2)
    return std::nullopt;
  return entry{found.items[0].text, event_of(found.items[1])};
}

void redis_queue::deal_with(const entry& one, const std::string& consumer) {
  broadcast_item item;
  unsigned attempts = 0;
  if (!from_text(one.text, item, attempts)) {
    hooks_.fail(to_failed({{}, {}, one.text, {}, {}, name_}, 0,
                          {broadcast_errc::bad_event, "Somebody else's entry in the queue"},
                          name_));
    return drop(one);
  }
  {
    const std::lock_guard lock{mutex_};
    ++figures_.sending;
  }
  bool gone = false;
  while (!gone && !stopping()) {
    auto result = hooks_.send(item);
    // The broadcaster is ending: the event stays in Redis for the next process.
    if (result.code() == broadcast_errc::stopped)
      break;
    ++attempts;
    std::optional<std::chrono::milliseconds> delay;
    {
      const std::lock_guard lock{mutex_};
      if (!result.ok()) {
        delay = retry_after(settings_.retry, attempts, result.code(), random_());
        ++(delay ? figures_.retried : figures_.failed);
        if (delay && flushing_ > 0)
          delay = std::min<std::chrono::milliseconds>(*delay, 10ms);
      } else {
        ++figures_.delivered;
      }
    }
    gone = !delay;
    if (gone && !result.ok())
      hooks_.fail(to_failed(item, attempts, std::move(result), name_));
    // The claim is renewed while it is rested, so that nobody else takes the event.
    for (auto until = clock::now() + delay.value_or(0ms); !gone && clock::now() < until;) {
      commands_.call({"XCLAIM", stream_, group, consumer, "0", one.id, "JUSTID"}, call_timeout);
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now());
      if (!rest(std::clamp<std::chrono::milliseconds>(settings_.claim_after / 4, 1ms,
                                                      std::max(left, 1ms))))
        break;
    }
  }
  if (gone)
    drop(one);
  const std::lock_guard lock{mutex_};
  --figures_.sending;
}

void redis_queue::drop(const entry& one) {
  // An entry that is not deleted would be sent again.
  while (!commands_.call({"XACK", stream_, group, one.id}, call_timeout)
         || !commands_.call({"XDEL", stream_, one.id}, call_timeout))
    if (!rest(read_wait))
      return;
}

// -- the end

bool redis_queue::flush(clock::time_point until) {
  {
    const std::lock_guard lock{mutex_};
    ++flushing_;
  }
  bool empty = false;
  do {
    const auto reply = commands_.call({"XLEN", stream_}, call_timeout);
    empty = reply && reply->what == reply_kind::integer && reply->integer == 0;
  } while (!empty && clock::now() < until && rest(20ms));
  const std::lock_guard lock{mutex_};
  --flushing_;
  return empty;
}

void redis_queue::stop() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  for (auto& one : workers_)
    one.join();
  workers_.clear();
  for (auto& one : readers_)
    one->stop();
}

queue_figures redis_queue::figures() const {
  const std::lock_guard lock{mutex_};
  return figures_;
}

}  // namespace grapevine::broadcasting
