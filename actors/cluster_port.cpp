#include "actors/cluster_port.hpp"

#include "cluster/wire/frame_codec.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace grapevine::actors {

namespace {

constexpr unsigned shard_bits = 8;

std::uint64_t wall_ms() noexcept {
  using namespace std::chrono;
  return static_cast<std::uint64_t>(
      duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
}

}  // namespace

cluster_port::cluster_port(net::loop* loop, std::uint32_t shard, app_registry& apps,
                           topology& nodes, cluster::hybrid_clock& clock,
                           std::string_view cluster_name)
    : loop_{loop}, shard_{shard}, apps_{apps}, topology_{nodes}, clock_{clock}, hash_{
                                                                                    cluster_name} {}

cluster_port::~cluster_port() {
  if (loop_)
    loop_->forget(*this);
}

std::uint64_t cluster_port::key_of(const channel_ref& channel) const {
  return hash_(apps_.at(channel.app).settings.id, channel.name);
}

std::uint64_t cluster_port::now() noexcept {
  return clock_.next(wall_ms());
}

void cluster_port::observe(std::uint64_t seen) noexcept {
  clock_.observe(seen, wall_ms());
}

std::uint64_t cluster_port::want(const channel_ref& channel, std::uint64_t key, bool presence,
                                 bool cache) {
  const auto ticket = ++tickets_ << shard_bits | shard_;
  add(cluster::calls::want{channel, key, ticket, presence, cache});
  return ticket;
}

void cluster_port::unwant(const channel_ref& channel, std::uint64_t key, std::uint64_t ticket) {
  add(cluster::calls::unwant{channel, key, ticket});
}

void cluster_port::join(const channel_ref& channel, std::uint64_t key,
                        cluster::roster_element who) {
  add(cluster::calls::roster_join{channel, key, std::move(who)});
  flush();
}

void cluster_port::leave(const channel_ref& channel, std::uint64_t key, std::string user_id,
                         bool moving) {
  add(cluster::calls::roster_leave{channel, key, std::move(user_id), moving});
}

void cluster_port::publish(const channel_ref& channel, std::uint64_t key,
                           const event_content& content, protocol::socket_id except, bool cache,
                           std::uint64_t hlc) {
  const auto excluded = except ? to_string(except) : std::string{};
  cluster::event_frame event{.app = static_cast<std::uint16_t>(channel.app),
                             .key = key,
                             .channel = channel.name,
                             .event = content.event,
                             .except = excluded,
                             .hlc = hlc,
                             .data = content.data};
  if (except)
    event.flags |= cluster::event_flag::has_except;
  if (cache)
    event.flags |= cluster::event_flag::cache;
  add_event(key, cache, event);
}

void cluster_port::publish(std::uint64_t key, const client_event& message) {
  using namespace cluster;
  const auto sender = to_string(message.sender);
  event_frame event{.app = static_cast<std::uint16_t>(message.channel.app),
                    .key = key,
                    .flags = event_flag::client_event | event_flag::has_except,
                    .channel = message.channel.name,
                    .event = message.event,
                    .except = sender,
                    .data = message.data_json};
  if (message.user_id) {
    event.flags |= event_flag::has_user_id;
    event.user_id = *message.user_id;
  }
  add_event(key, false, event);
}

void cluster_port::add_event(std::uint64_t key, bool cache, const cluster::event_frame& event) {
  const auto before = pending_.frames.size();
  cluster::encode_frame(pending_.frames, event);
  const auto bytes = pending_.frames.size() - before;
  topology_.cluster_backlog.fetch_add(bytes, std::memory_order_relaxed);
  add(cluster::calls::forward{key, before, bytes, cache});
}

void cluster_port::add(cluster::node_call call) {
  pending_.calls.push_back(std::move(call));
  if (loop_)
    loop_->mark_dirty(*this);
  else
    flush();
}

void cluster_port::flush() {
  if (pending_.calls.empty())
    return;
  caf::anon_send(topology_.cluster, to_cluster{std::make_shared<const cluster::node_calls>(
                                        std::exchange(pending_, {}))});
}

}  // namespace grapevine::actors
