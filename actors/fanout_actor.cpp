#include "actors/fanout_actor.hpp"

#include <caf/send.hpp>

#include <algorithm>

namespace grapevine::actors {

namespace {

/// Between two steps of a drain; the longer one where there are few clients.
constexpr std::chrono::milliseconds drain_interval_min{50};
constexpr std::chrono::milliseconds drain_interval_max{100};

}  // namespace

fanout_actor::fanout_actor(caf::actor_config& cfg, local_hub& hub, topology& nodes)
    : pinned_actor{cfg}, hub_{hub}, topology_{nodes} {}

caf::behavior fanout_actor::make_behavior() {
  return {
      [this](const add_subscriber& message) { hub_.handle(message); },
      [this](const refuse_subscriber& message) { hub_.handle(message); },
      [this](const deliver& message) { go_on(message.channel, hub_.handle(message)); },
      [this](const next_slice& message) { go_on(message.channel, hub_.handle(message)); },
      [this](const drain& order) { begin_drain(order.duration); },
      [this](drain_step) { step_drain(); },
  };
}

void fanout_actor::go_on(const channel_ref& channel, bool more) {
  if (more)
    send(this, next_slice{channel});
  account();
}

void fanout_actor::account() {
  if (auto bytes = hub_.take_delivered_bytes())
    topology_.backlog[hub_.shard()].fetch_sub(bytes, std::memory_order_relaxed);
}

void fanout_actor::begin_drain(std::chrono::milliseconds duration) {
  // All who are told come back at once, and few at a time are gentle to whom they come to. A
  // handful of clients does not need the whole time.
  to_close_ = hub_.all();
  const auto count =
      static_cast<std::chrono::milliseconds::rep>(std::max<std::size_t>(1, to_close_.size()));
  drain_interval_ = std::clamp(duration / count, drain_interval_min, drain_interval_max);
  const auto steps = std::max<std::size_t>(1, static_cast<std::size_t>(duration / drain_interval_));
  closes_per_step_ = (to_close_.size() + steps - 1) / steps;
  step_drain();
}

void fanout_actor::step_drain() {
  for (auto n = std::min(closes_per_step_, to_close_.size()); n > 0; --n) {
    send(to_close_.back(), close_socket{4200, "The server is going away, reconnect"});
    to_close_.pop_back();
  }
  if (!to_close_.empty())
    delayed_send(this, drain_interval_, drain_step{});
}

}  // namespace grapevine::actors
