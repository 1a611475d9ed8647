#include "bench/cluster_load.hpp"

#include "bench/workload.hpp"

#include <algorithm>
#include <utility>

namespace grapevine::bench {

using namespace std::chrono_literals;

namespace {

/// How long the last deliveries may take once nothing is published any more.
constexpr auto drain_timeout = 10s;

}  // namespace

double load_result::percentile_us(double share) const {
  if (latencies_us.empty())
    return 0;
  const auto rank = static_cast<std::size_t>(share * static_cast<double>(latencies_us.size() - 1));
  return static_cast<double>(latencies_us[rank]);
}

double load_result::events_per_second() const {
  return static_cast<double>(events) / std::chrono::duration<double>(elapsed).count();
}

double load_result::deliveries_per_second() const {
  return static_cast<double>(deliveries) / std::chrono::duration<double>(elapsed).count();
}

cluster_load::cluster_load(subscriber_swarm& swarm, std::size_t subscribers, load_settings settings)
    : swarm_{swarm}, subscribers_per_channel_{subscribers / settings.channels}, settings_{std::move(
                                                                                    settings)} {}

bool cluster_load::run(load_result& out, std::string& why) {
  if (!connect(why))
    return false;
  swarm_.restart_count();
  start_ = clock::now();
  auto now = start_;
  for (; now < start_ + settings_.duration && trouble().empty(); now = clock::now()) {
    const bool behind = settings_.undelivered_max > 0
                        && undelivered() > settings_.undelivered_max
                                               * std::max<std::size_t>(1, subscribers_per_channel_);
    if (behind && !saturated()) {
      result_.given_up = true;
      break;
    }
    if (!behind && publish_next(now))
      poll(0ns);
    else
      poll(saturated() ? clock::duration{50ms} : std::max(due_time(now) - now, clock::duration{0}));
  }
  const auto deadline = now + drain_timeout;
  while (!drained() && now < deadline && trouble().empty()) {
    poll(50ms);
    now = clock::now();
  }
  result_.elapsed = clock::now() - start_;
  std::ranges::sort(result_.latencies_us);
  why = trouble();
  if (why.empty() && !drained() && !result_.given_up)
    why = std::to_string(result_.deliveries) + " of " + std::to_string(expected_)
          + " deliveries came";
  out = std::move(result_);
  return why.empty();
}

bool cluster_load::connect(std::string& why) {
  for (std::size_t i = 0; i < settings_.channels; ++i) {
    const auto channel = channel_name(i, settings_.channels);
    bodies_.push_back(settings_.batch > 1
                          ? batch_body(settings_.event_bytes, settings_.batch, channel)
                          : publish_body(settings_.event_bytes, channel));
  }
  due_.resize(settings_.channels);
  for (const auto port : settings_.ports)
    for (std::size_t i = 0; i < settings_.connections; ++i) {
      auto& one = *publishers_.emplace_back(
          std::make_unique<http_publisher>(port, settings_.batch > 1 ? "batch_events" : "events"));
      if (one.fd() < 0) {
        why = "no connection for publishing";
        return false;
      }
      swarm_.watch_guest(one.fd(), [&one] { one.read_answers(); });
    }
  return true;
}

bool cluster_load::publish_next(clock::time_point now) {
  const auto channel = requests_ % settings_.channels;
  auto* publisher = &publisher_of(channel);
  const auto is_full = [&](const http_publisher& each) {
    return each.published() - each.accepted() >= settings_.window;
  };
  if (saturated() && is_full(*publisher)) {
    // With one channel any connection will do: all its events are due and count alike.
    const auto other = std::ranges::find_if_not(
        publishers_, is_full, [](const auto& each) -> const http_publisher& { return *each; });
    if (settings_.channels > 1 || other == publishers_.end())
      return false;
    publisher = other->get();
  }
  const auto due = due_time(now);
  if (due > now)
    return false;
  ++requests_;
  due_[channel].insert(due_[channel].end(), settings_.batch, due);
  result_.events += settings_.batch;
  expected_ += settings_.batch * subscribers_per_channel_;
  return publisher->publish(bodies_[channel]);
}

/// One channel is spread over all connections, several have one each.
http_publisher& cluster_load::publisher_of(std::size_t channel) {
  const auto turn = settings_.channels > 1 ? channel : requests_;
  const auto nodes = settings_.ports.size();
  const auto node = turn % nodes;
  return *publishers_[node * settings_.connections + turn / nodes % settings_.connections];
}

/// When the next request is due: what is late counts as late, whoever is the reason.
cluster_load::clock::time_point cluster_load::due_time(clock::time_point now) const {
  if (saturated())
    return now;
  const std::chrono::duration<double> offset{static_cast<double>(requests_ * settings_.batch)
                                             / settings_.events_per_second};
  return start_ + std::chrono::duration_cast<clock::duration>(offset);
}

void cluster_load::poll(std::chrono::nanoseconds timeout) {
  swarm_.poll(timeout, [this](std::size_t who, std::size_t nth, clock::time_point when) {
    ++result_.deliveries;
    const auto& due = due_[who % settings_.channels];
    if (nth < due.size())
      result_.latencies_us.push_back(
          std::chrono::duration<float, std::micro>(when - due[nth]).count());
  });
}

bool cluster_load::drained() const {
  return result_.deliveries >= expected_ && std::ranges::all_of(publishers_, [](const auto& each) {
           return each->accepted() == each->published();
         });
}

std::string cluster_load::trouble() const {
  if (swarm_.lost() > 0)
    return std::to_string(swarm_.lost()) + " subscribers were closed by the server";
  for (const auto& each : publishers_)
    if (!each->refusal().empty())
      return "publishing: " + each->refusal();
  return {};
}

}  // namespace grapevine::bench
