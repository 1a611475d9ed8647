#include "bench/redis_trial.hpp"

#include "bench/http_reader.hpp"
#include "bench/process_meter.hpp"
#include "bench/workload.hpp"

#include <nlohmann/json.hpp>

#include <stdlib.h>

#include <algorithm>
#include <fstream>
#include <thread>

namespace grapevine::bench {

using namespace std::chrono_literals;
using clock = subscriber_swarm::clock;

namespace {

/// How long the last deliveries may take once nothing is published any more.
constexpr auto drain_timeout = 10s;

std::filesystem::path make_directory() {
  auto path = (std::filesystem::temp_directory_path() / "grapevine-bench-XXXXXX").string();
  return ::mkdtemp(path.data()) ? path : std::string{};
}

double percentile(std::vector<float>& samples, double share) {
  if (samples.empty())
    return 0;
  const auto rank = static_cast<std::ptrdiff_t>(share * static_cast<double>(samples.size() - 1));
  std::nth_element(samples.begin(), samples.begin() + rank, samples.end());
  return static_cast<double>(samples[static_cast<std::size_t>(rank)]);
}

}  // namespace

std::unique_ptr<redis_trial> redis_trial::start(const settings& wanted, std::string& why) {
  std::unique_ptr<redis_trial> trial{new redis_trial{wanted}};
  if (!trial->start_redis(why) || !trial->start_node(why) || !trial->wait_for_bridge(why))
    return nullptr;
  why = trial->swarm_->open(30s);
  if (!why.empty() || !trial->connect_publishers(why))
    return nullptr;
  return trial;
}

// The data is what the HTTP API is given as a string: subscribers get the same bytes either way.
redis_trial::redis_trial(const settings& wanted)
    : settings_{wanted}, directory_{make_directory()}, redis_port_{free_port()}, port_{free_port()},
      admin_port_{free_port()}, body_{publish_body(wanted.event_size)},
      payload_{R"({"event":")" + std::string{event_name} + R"(","data":)"
               + event_data(wanted.event_size) + R"(,"socket":null})"},
      swarm_{std::make_unique<subscriber_swarm>(
          swarm_settings{.ports = {port_},
                         .connections = wanted.subscribers,
                         .event_bytes = event_message(wanted.event_size).size()})} {}

redis_trial::~redis_trial() {
  node_.reset();
  redis_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

bool redis_trial::start_redis(std::string& why) {
  redis_ = child_process::start({settings_.redis, "--bind", "127.0.0.1", "--port",
                                 std::to_string(redis_port_), "--save", "", "--appendonly", "no",
                                 "--dir", directory_.string()},
                                settings_.redis_core);
  if (redis_ && redis_->wait_until_listening(redis_port_, 10s))
    return true;
  why = "no redis-server: " + settings_.redis;
  return false;
}

bool redis_trial::start_node(std::string& why) {
  const auto file = directory_ / "grapevine.toml";
  // Inward alone: what comes over HTTP would else be published to Redis too, and cost that.
  std::ofstream{file} << "[[app]]\nid = \"" << app_id << "\"\nkey = \"" << app_key
                      << "\"\nsecret = \"" << app_secret
                      << "\"\n[[bridge]]\ndriver = \"redis\"\ndirection = \"in\"\n"
                         "[redis]\nurl = \"redis://127.0.0.1:"
                      << redis_port_ << "/0\"\n";
  const std::string host = "127.0.0.1:";
  node_ =
      child_process::start({settings_.server, "serve", "--config", file.string(), "--shards", "1",
                            "--log-level", "warn", "--listen", host + std::to_string(port_),
                            "--admin-listen", host + std::to_string(admin_port_)},
                           settings_.core);
  if (node_ && node_->wait_until_listening(port_, 10s)
      && node_->wait_until_listening(admin_port_, 10s))
    return true;
  why = "the node does not accept connections: " + settings_.server;
  return false;
}

bool redis_trial::wait_for_bridge(std::string& why) const {
  http_reader admin{admin_port_};
  const auto deadline = clock::now() + 10s;
  while (clock::now() < deadline) {
    if (const auto answer = admin.get("/status"); answer && answer->status == 200) {
      const auto status = nlohmann::json::parse(answer->body, nullptr, false);
      if (status.is_object() && status.contains("bridges")
          && status["bridges"].at(0).value("state", "") == "up")
        return true;
    }
    std::this_thread::sleep_for(20ms);
  }
  why = "the bridge to Redis does not come up";
  return false;
}

bool redis_trial::connect_publishers(std::string& why) {
  for (std::size_t i = 0; i < settings_.publishers; ++i) {
    auto& http = *over_http_.emplace_back(std::make_unique<http_publisher>(port_));
    auto& redis = *over_redis_.emplace_back(std::make_unique<redis_publisher>(redis_port_));
    if (http.fd() < 0 || redis.fd() < 0) {
      why = "no connection for publishing";
      return false;
    }
    swarm_->watch_guest(http.fd(), [&http] { http.read_answers(); });
    swarm_->watch_guest(redis.fd(), [&redis] { redis.read_answers(); });
  }
  return true;
}

bool redis_trial::publish(way_in by, std::size_t number) {
  const auto place = number % settings_.publishers;
  if (by == way_in::redis)
    return over_redis_[place]->publish(std::string{event_channel}, payload_);
  return over_http_[place]->publish(body_);
}

std::size_t redis_trial::accepted(way_in by) const {
  std::size_t count = 0;
  for (std::size_t i = 0; i < settings_.publishers; ++i)
    count += by == way_in::redis ? over_redis_[i]->accepted() : over_http_[i]->accepted();
  return count;
}

std::string redis_trial::refusal() const {
  for (const auto& each : over_http_)
    if (!each->refusal().empty())
      return each->refusal();
  for (const auto& each : over_redis_)
    if (!each->refusal().empty())
      return each->refusal();
  return {};
}

bool redis_trial::measure(way_in by, std::chrono::milliseconds duration, way_in_result& out,
                          std::string& why) {
  std::vector<clock::time_point> sent;
  std::vector<float> latencies_us;
  std::size_t delivered = 0;
  const auto on_delivery = [&](std::size_t, std::size_t nth, clock::time_point when) {
    ++delivered;
    if (nth < sent.size())
      latencies_us.push_back(std::chrono::duration<float, std::micro>(when - sent[nth]).count());
  };
  const auto expected = [&] { return sent.size() * settings_.subscribers; };
  const auto healthy = [&] { return swarm_->lost() == 0 && refusal().empty(); };

  swarm_->restart_count();
  const auto accepted_before = accepted(by);
  const auto cpu_before = cpu_time(node_->pid());
  const auto start = clock::now();
  auto now = start;
  for (; now < start + duration && healthy(); now = clock::now()) {
    if (sent.size() - delivered / settings_.subscribers < settings_.window) {
      sent.push_back(now);
      publish(by, sent.size());
      swarm_->poll(0ns, on_delivery);
    } else {
      swarm_->poll(50ms, on_delivery);
    }
  }
  const auto answered = [&] { return accepted(by) - accepted_before; };
  const auto deadline = now + drain_timeout;
  for (; (delivered < expected() || answered() < sent.size()) && now < deadline && healthy();
       now = clock::now())
    swarm_->poll(50ms, on_delivery);

  out = {sent.size(),
         delivered,
         now - start,
         cpu_time(node_->pid()) - cpu_before,
         percentile(latencies_us, 0.50),
         percentile(latencies_us, 0.99)};
  if (delivered == expected() && healthy())
    return true;
  why = std::to_string(delivered) + " of " + std::to_string(expected()) + " deliveries came"
        + (refusal().empty() ? "" : "; publishing: " + refusal());
  return false;
}

}  // namespace grapevine::bench
