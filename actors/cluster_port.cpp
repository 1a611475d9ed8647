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
                           local_actors& local, cluster::hybrid_clock& clock,
                           std::string_view cluster_name)
    : loop_{loop}, shard_{shard}, apps_{apps}, local_{local}, clock_{clock}, hash_{cluster_name} {}

cluster_port::~cluster_port() {
  if (loop_)
    loop_->forget(*this);
}

std::uint64_t cluster_port::key_of(const channel_ref& channel) const {
  return hash_(apps_.at(channel.app).settings.id, channel.name);
}

cluster::epoch_t cluster_port::self() const noexcept {
  return local_.epoch;
}

std::uint64_t cluster_port::ticket() noexcept {
  return ++tickets_ << shard_bits | shard_;
}

std::uint64_t cluster_port::stamp() noexcept {
  return clock_.next(wall_ms());
}

void cluster_port::observe(std::uint64_t seen) noexcept {
  clock_.observe(seen, wall_ms());
}

void cluster_port::want(const channel_ref& channel, std::uint64_t key, std::uint64_t ticket,
                        const protocol::channel_type& type) {
  add(cluster::calls::want{channel, key, ticket, type.presence(), type.cache});
}

void cluster_port::unwant(const channel_ref& channel, std::uint64_t key, std::uint64_t ticket) {
  add(cluster::calls::unwant{channel, key, ticket});
}

void cluster_port::roster_join(const channel_ref& channel, std::uint64_t key,
                               cluster::roster_element who) {
  add(cluster::calls::roster_join{channel, key, std::move(who)});
  flush();
}

void cluster_port::roster_leave(const channel_ref& channel, std::uint64_t key, std::string user_id,
                                bool moving) {
  add(cluster::calls::roster_leave{channel, key, std::move(user_id), moving});
}

void cluster_port::forward(const channel_ref& channel, std::uint64_t key,
                           const channels::forward& event) {
  std::string room;
  const auto before = pending_.frames.size();
  cluster::encode_frame(pending_.frames, channels::to_event_frame(channel, key, event, room));
  const auto bytes = pending_.frames.size() - before;
  local_.pressure.cluster_backlog.fetch_add(bytes, std::memory_order_relaxed);
  add(cluster::calls::forward{key, before, bytes, event.cache, event.event.bridge});
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
  caf::anon_send(local_.cluster, to_cluster{std::make_shared<const cluster::node_calls>(
                                     std::exchange(pending_, {}))});
}

}  // namespace grapevine::actors
