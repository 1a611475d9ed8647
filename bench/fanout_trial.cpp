#include "bench/fanout_trial.hpp"

#include "bench/process_meter.hpp"
#include "bench/workload.hpp"

#include <algorithm>

namespace grapevine::bench {

using namespace std::chrono_literals;
using clock = subscriber_swarm::clock;

namespace {

/// How long the last deliveries may take once nothing is published any more.
constexpr auto drain_timeout = 10s;

double percentile(std::vector<float>& samples, double share) {
  if (samples.empty())
    return 0;
  const auto rank = static_cast<std::ptrdiff_t>(share * static_cast<double>(samples.size() - 1));
  std::nth_element(samples.begin(), samples.begin() + rank, samples.end());
  return static_cast<double>(samples[static_cast<std::size_t>(rank)]);
}

/// When which event is due.
class schedule {
public:
  schedule(const fanout_load& load, clock::time_point start) : load_{load}, start_{start} {}

  /// Whether event number `sent` is due, with `waiting` earlier ones not delivered everywhere.
  bool is_due(std::size_t sent, std::size_t waiting, clock::time_point now) const {
    if (load_.events_per_second <= 0)
      return waiting < load_.window;
    return now >= due_time(sent, now);
  }
  /// When it was due, for its latency: a late publish must not look fast.
  clock::time_point due_time(std::size_t sent, clock::time_point now) const {
    if (load_.events_per_second <= 0)
      return now;
    const std::chrono::duration<double> offset{static_cast<double>(sent) / load_.events_per_second};
    return start_ + std::chrono::duration_cast<clock::duration>(offset);
  }
  clock::duration until_next(std::size_t sent, clock::time_point now) const {
    return load_.events_per_second <= 0 ? clock::duration{50ms}
                                        : std::max(due_time(sent, now) - now, clock::duration{0});
  }

private:
  const fanout_load& load_;
  clock::time_point start_;
};

}  // namespace

std::unique_ptr<fanout_trial> fanout_trial::start(const settings& wanted, std::string& why) {
  auto server = child_process::start(wanted.command, wanted.core);
  if (!server || !server->wait_until_listening(wanted.port, 10s)) {
    why = "the server does not accept connections: " + wanted.command.front();
    return nullptr;
  }
  std::unique_ptr<fanout_trial> trial{new fanout_trial{wanted, std::move(server)}};
  why = trial->swarm_.open(30s);
  if (!why.empty())
    return nullptr;
  if (!trial->connect_publishers(wanted.publishers, wanted.port)) {
    why = "no connection for publishing";
    return nullptr;
  }
  return trial;
}

fanout_trial::fanout_trial(const settings& wanted, std::unique_ptr<child_process> server)
    : server_{std::move(server)}, subscribers_{wanted.subscribers}, body_{publish_body(
                                                                        wanted.event_size)},
      swarm_{{.ports = {wanted.port},
              .connections = wanted.subscribers,
              .event_bytes = event_message(wanted.event_size).size()}} {}

bool fanout_trial::connect_publishers(std::size_t count, std::uint16_t port) {
  for (std::size_t i = 0; i < count; ++i) {
    auto& publisher = *publishers_.emplace_back(std::make_unique<http_publisher>(port));
    if (publisher.fd() < 0)
      return false;
    swarm_.watch_guest(publisher.fd(), [&publisher] { publisher.read_answers(); });
  }
  return true;
}

std::size_t fanout_trial::accepted() const {
  std::size_t count = 0;
  for (const auto& publisher : publishers_)
    count += publisher->accepted();
  return count;
}

std::string fanout_trial::refusal() const {
  for (const auto& publisher : publishers_)
    if (!publisher->refusal().empty())
      return publisher->refusal();
  return {};
}

bool fanout_trial::measure(const fanout_load& load, fanout_result& out, std::string& why) {
  std::vector<clock::time_point> due;
  std::vector<float> latencies_us;
  std::size_t delivered = 0;
  const auto on_delivery = [&](std::size_t, std::size_t nth, clock::time_point when) {
    ++delivered;
    if (nth < due.size())
      latencies_us.push_back(std::chrono::duration<float, std::micro>(when - due[nth]).count());
  };
  const auto expected = [&] { return due.size() * subscribers_; };
  const auto healthy = [&] { return swarm_.lost() == 0 && refusal().empty(); };

  swarm_.restart_count();
  const auto accepted_before = accepted();
  const auto cpu_before = cpu_time(server_->pid());
  const auto start = clock::now();
  const schedule events{load, start};
  auto now = start;
  for (; now < start + load.duration && healthy(); now = clock::now()) {
    const auto waiting = due.size() - delivered / subscribers_;
    if (events.is_due(due.size(), waiting, now)) {
      due.push_back(events.due_time(due.size(), now));
      publishers_[due.size() % publishers_.size()]->publish(body_);
      swarm_.poll(0ns, on_delivery);
    } else {
      swarm_.poll(events.until_next(due.size(), now), on_delivery);
    }
  }
  const auto answered = [&] { return accepted() - accepted_before; };
  const auto deadline = now + drain_timeout;
  while ((delivered < expected() || answered() < due.size()) && now < deadline && healthy()) {
    swarm_.poll(50ms, on_delivery);
    now = clock::now();
  }

  out.events = due.size();
  out.deliveries = delivered;
  out.elapsed = clock::now() - start;
  out.server_cpu = cpu_time(server_->pid()) - cpu_before;
  out.latency_us_p50 = percentile(latencies_us, 0.50);
  out.latency_us_p99 = percentile(latencies_us, 0.99);
  if (delivered == expected() && healthy())
    return true;
  why = describe_loss(expected(), delivered);
  return false;
}

std::string fanout_trial::describe_loss(std::size_t expected, std::size_t delivered) const {
  auto text = std::to_string(delivered) + " of " + std::to_string(expected) + " deliveries came";
  if (swarm_.lost() > 0)
    text += "; connections lost: " + std::to_string(swarm_.lost());
  if (swarm_.odd_frames() > 0)
    text += "; other frames: " + std::to_string(swarm_.odd_frames()) + ", the last with "
            + std::to_string(swarm_.odd_frame_bytes()) + " bytes";
  if (!refusal().empty())
    text += "; publishing: " + refusal();
  return text;
}

}  // namespace grapevine::bench
