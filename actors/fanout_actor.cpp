#include "actors/fanout_actor.hpp"

#include <caf/send.hpp>

#include <algorithm>

namespace grapevine::actors {

namespace {

/// Between two steps of a drain; the longer one where there are few clients.
constexpr std::chrono::milliseconds drain_interval_min{50};
constexpr std::chrono::milliseconds drain_interval_max{100};

}  // namespace

fanout_actor::fanout_actor(caf::actor_config& cfg, local_hub& hub, local_actors& local)
    : pinned_actor{cfg}, hub_{hub}, local_{local} {}

caf::behavior fanout_actor::make_behavior() {
  return {
      [this](const add_subscriber& message) { hub_.on_add(message); },
      [this](const refuse_subscriber& message) { hub_.on_refuse(message); },
      [this](const deliver& message) { go_on(message.channel, hub_.on_deliver(message)); },
      [this](const next_slice& message) { go_on(message.channel, hub_.on_next_slice(message)); },
      [this](const drain& order) { on_drain(order.duration); },
      [this](drain_step) { on_drain_step(); },
  };
}

void fanout_actor::go_on(const channel_ref& channel, bool more) {
  if (more)
    send(this, next_slice{channel});
  account();
}

void fanout_actor::account() {
  if (auto bytes = hub_.take_delivered_bytes())
    local_.pressure.backlog[hub_.shard()].fetch_sub(bytes, std::memory_order_relaxed);
}

void fanout_actor::on_drain(std::chrono::milliseconds duration) {
  // All who are told come back at once, and few at a time are gentle to whom they come to. A
  // handful of clients does not need the whole time.
  to_close_ = hub_.all();
  const auto count =
      static_cast<std::chrono::milliseconds::rep>(std::max<std::size_t>(1, to_close_.size()));
  drain_interval_ = std::clamp(duration / count, drain_interval_min, drain_interval_max);
  const auto steps = std::max<std::size_t>(1, static_cast<std::size_t>(duration / drain_interval_));
  closes_per_step_ = (to_close_.size() + steps - 1) / steps;
  on_drain_step();
}

void fanout_actor::on_drain_step() {
  for (auto n = std::min(closes_per_step_, to_close_.size()); n > 0; --n) {
    send(to_close_.back(), close_socket{4200, "The server is going away, reconnect"});
    to_close_.pop_back();
  }
  if (!to_close_.empty())
    delayed_send(this, drain_interval_, drain_step{});
}

}  // namespace grapevine::actors
