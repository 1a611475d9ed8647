#include "actors/bridge_actor.hpp"

#include "base/json_text.hpp"
#include "protocol/channel_name.hpp"
#include "protocol/utf8.hpp"

#include <caf/send.hpp>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>

namespace grapevine::actors {

namespace {

using namespace std::chrono_literals;
using drivers::driver_state;
using drivers::outcome;

/// A bridge that fails event after event says so this often.
constexpr auto line_interval = 10s;
/// What may not be lost waits this long at a time while the shards are behind.
constexpr std::chrono::milliseconds overload_pause{50};

/// An event that waits until the shards have caught up.
struct held_event {
  std::shared_ptr<drivers::incoming_event> event;
};

}  // namespace

}  // namespace grapevine::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(grapevine::actors::held_event)

namespace grapevine::actors {

bridge_actor::bridge_actor(caf::actor_config& cfg, bridge& self, const bridges& all,
                           local_actors& local, app_registry& apps,
                           std::unique_ptr<drivers::driver> driver)
    : pinned_actor{cfg}, self_{self}, all_{all}, local_{local}, apps_{apps}, driver_{std::move(
                                                                                 driver)} {}

bridge_actor::~bridge_actor() = default;

void bridge_actor::on_exit() {
  driver_ = nullptr;
}

caf::behavior bridge_actor::make_behavior() {
  driver_->start(*this);
  if (local_.cluster)
    caf::anon_send(local_.cluster, bridges_changed{});
  return {
      [this](const bridge_event& event) { send_out(event); },
      [this](const held_event& held) { on_event(std::move(*held.event)); },
      [this](const describe_bridge&) { return describe(); },
  };
}

// -- out

void bridge_actor::send_out(const bridge_event& event) {
  const auto& content = *event.content;
  self_.handed_over.fetch_sub(content.event.size() + content.data.size(),
                              std::memory_order_relaxed);
  driver_->publish({event.channels, content.event, content.data,
                    event.except ? to_string(event.except) : std::string{}},
                   [this](const outcome& result) { on_outcome(result); });
}

void bridge_actor::on_outcome(const outcome& result) {
  if (result.what == outcome::kind::delivered)
    return;
  ++failed_;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_line_)
    return;
  next_line_ = now + line_interval;
  spdlog::warn("Events did not go out through a bridge driver={} events={} why=\"{}\"",
               self_.settings.driver, std::exchange(failed_, 0), result.why);
}

// -- in

void bridge_actor::on_event(drivers::incoming_event event) {
  std::string_view why;
  if (!is_welcome(event, why)) {
    ignore(event, why);
    return;
  }
  if (local_.pressure.overloaded()) {
    if (!event.taken) {
      ignore(event, "the server is over capacity");
      return;
    }
    // Its sender waits for the answer, and sends no more than a few before it.
    delayed_send(this, overload_pause,
                 held_event{std::make_shared<drivers::incoming_event>(std::move(event))});
    return;
  }
  const auto except = protocol::parse_socket_id(event.except).value_or(protocol::socket_id{});
  bring_in(std::move(event), except);
}

bool bridge_actor::is_welcome(const drivers::incoming_event& event, std::string_view& why) const {
  const auto& limits = apps_.limits();
  if (!self_.filter.matches(event.channel)) {
    why = "no pattern of the bridge matches its channel";
    return false;
  }
  if (const auto fault = protocol::check_channel_name(event.channel, limits.channel_name, true);
      fault != protocol::name_fault::none) {
    why = protocol::explain(fault);
    return false;
  }
  if (protocol::count_characters(event.event) > limits.event_name) {
    why = "its event's name is too long";
    return false;
  }
  // The cluster delivers what another of its nodes has accepted; this is the copy of it.
  if (!event.origin.empty() && local_.members.contains(event.origin)) {
    why = "a node of this cluster has published it";
    return false;
  }
  if (heard_by_others(event) && self_.settings.mode == "leader"
      && !self_.leads.load(std::memory_order_relaxed)) {
    why = "another node of this cluster takes it in";
    return false;
  }
  return true;
}

void bridge_actor::ignore(const drivers::incoming_event& event, std::string_view why) {
  ++ignored_;
  spdlog::debug("An event from a bridge is ignored driver={} why=\"{}\"", self_.settings.driver,
                why);
  if (event.taken)
    event.taken();
}

/// The other nodes may have copies of their own.
bool bridge_actor::heard_by_others(const drivers::incoming_event& event) const {
  return event.by == drivers::arrival::each && local_.cluster;
}

void bridge_actor::bring_in(drivers::incoming_event event, protocol::socket_id except) {
  const bool shared = heard_by_others(event) && self_.settings.mode != "leader";
  const auto content = std::make_shared<const event_content>(
      event_content{std::move(event.event), std::move(event.data)});
  // Where every node hears the same, one of them hands it on.
  if (const auto to = shared ? self_.hands_on.load(std::memory_order_relaxed) : ~std::uint64_t{0})
    all_.publish(self_.app, {event.channel}, content, except, &self_, to);
  // The cluster's part tells the owners of a cache channel.
  const bool here_only = shared && !self_.covers_others.load(std::memory_order_relaxed)
                         && !protocol::classify(event.channel).cache;
  channel_ref key{self_.app, std::move(event.channel)};
  const auto& directory = local_.directory_of(key);
  publish message{std::move(key), content, except, {}, here_only, shared ? self_.id : 0};
  if (!event.taken) {
    // Without a sender there is nobody to whom the answer would go.
    caf::anon_send(directory, std::move(message));
    return;
  }
  auto taken = std::move(event.taken);
  request(directory, caf::infinite, std::move(message))
      .then([taken](const protocol::channel_info&) { taken(); },
            [](const caf::error&) { /* The node is going away, and another will have it. */ });
}

// -- state

void bridge_actor::on_state(driver_state state, std::string_view why) {
  self_.state.store(state, std::memory_order_relaxed);
  why_ = why;
  const auto line = [&](auto level) {
    spdlog::log(level, "A bridge is {} driver={} direction={} why=\"{}\"", to_string(state),
                self_.settings.driver, self_.settings.direction, why);
  };
  line(state == driver_state::up ? spdlog::level::info : spdlog::level::warn);
}

void bridge_actor::on_hearing(bool hears) {
  self_.hears.store(hears, std::memory_order_relaxed);
  if (local_.cluster)
    caf::anon_send(local_.cluster, bridges_changed{});
}

std::string bridge_actor::describe() const {
  const auto stats = driver_->stats();
  nlohmann::ordered_json body{
      {"driver", self_.settings.driver},
      {"direction", self_.settings.direction},
      {"app", apps_.at(self_.app).settings.id},
      {"state", to_string(self_.state.load(std::memory_order_relaxed))},
      {"why", why_},
      {"connects", stats.connects},
  };
  if (self_.outward) {
    body["published"] = stats.published;
    body["delivered"] = stats.delivered;
    body["dropped"] = stats.dropped + self_.dropped.load(std::memory_order_relaxed);
    body["refused"] = stats.refused;
    body["waiting"] = stats.queue_events;
    body["waiting_bytes"] = stats.queue_bytes;
  }
  if (self_.inward) {
    body["received"] = stats.received;
    body["ignored"] = stats.ignored + ignored_;
    if (local_.cluster) {
      body["leads"] = self_.leads.load(std::memory_order_relaxed);
      body["covers_others"] = self_.covers_others.load(std::memory_order_relaxed);
    }
  }
  return base::json_text(body);
}

}  // namespace grapevine::actors
