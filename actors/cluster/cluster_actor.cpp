#include "actors/cluster/cluster_actor.hpp"

#include "actors/cluster_port.hpp"
#include "actors/cluster/cluster_settings.hpp"

#include <openssl/rand.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace grapevine::actors {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds tick_interval = 20ms;
constexpr std::size_t write_budget = 256u << 10;
/// Connections that have not proved themselves; while there are more, the others wait outside.
constexpr std::size_t strangers_max = 64;

}  // namespace

cluster_actor::cluster_actor(caf::actor_config& cfg, net::loop& loop, app_registry& apps,
                             topology& nodes, node_status& status, const config::settings& settings,
                             std::uint64_t seed)
    : pinned_actor{cfg}, loop_{loop}, apps_{apps}, topology_{nodes}, status_{status},
      settings_{settings}, seed_{seed}, items_(nodes.directories.size()) {}

std::string cluster_actor::listen() {
  const auto& files = settings_.cluster.tls;
  std::unique_ptr<net::link_tls> tls;
  std::string error;
  if (files.enabled()) {
    tls = net::link_tls::load(files.certificate, files.key, files.ca, error);
    if (!tls)
      return error;
  }
  links_ = std::make_unique<cluster_links>(loop_, *this, std::move(tls));
  error = links_->listen(settings_.cluster.listen.host, settings_.cluster.listen.port);
  if (!error.empty())
    return error;
  address_ = {settings_.cluster.listen.host, links_->port()};
  core_ = std::make_unique<cluster::node_core>(core_settings(settings_, address_, topology_.epoch),
                                               seed_, now());
  readiness_.emplace(now());
  loop_.timers().arm(*this, now());
  return {};
}

std::string cluster_actor::reload_certificate() {
  const auto& files = settings_.cluster.tls;
  if (!files.enabled())
    return {};
  std::string error;
  if (auto fresh = net::link_tls::load(files.certificate, files.key, files.ca, error))
    links_->use_tls(std::move(fresh));
  return error;
}

void cluster_actor::on_exit() {
  loop_.timers().disarm(*this);
  loop_.forget(*this);
  if (links_)
    links_->end();
  answers_.clear();
}

caf::behavior cluster_actor::make_behavior() {
  return {
      [this](const to_cluster& message) { take(message); },
      [this](const turn_done& report) {
        core_->part_done(report.turn);
        loop_.mark_dirty(*this);
      },
      [this](const ask_cluster& question) { return ask(question); },
      [this](describe_members) { return members_json(); },
      [this](describe_cluster) { return counters_json(); },
      [this](begin_leaving) { perform_call(cluster::calls::begin_leaving{}); },
      [this](leave_cluster) -> caf::result<bool> {
        goodbye_ = make_response_promise();
        perform_call(cluster::calls::leave{});
        return *goodbye_;
      },
  };
}

// -- from the shards

void cluster_actor::take(const to_cluster& message) {
  const auto at = now();
  const auto& [calls, frames] = *message.batch;
  for (const auto& call : calls)
    core_->on_call(call, at, frames);
  topology_.cluster_backlog.fetch_sub(frames.size(), std::memory_order_relaxed);
  perform(core_->flush(at));
  hand_out(0);
}

void cluster_actor::perform_call(const cluster::node_call& call) {
  const auto at = now();
  core_->on_call(call, at);
  perform(core_->flush(at));
}

// -- sockets

void cluster_actor::on_open(cluster::link_id id, bool dialled, cluster::epoch_t expected,
                            const net::link_peer& peer) {
  cluster::link_facts facts{.dialled = dialled,
                            .expected = expected,
                            .address = peer.address,
                            .tls_binding = peer.tls_binding,
                            .certificate_names = peer.names};
  RAND_bytes(facts.nonce.data(), static_cast<int>(facts.nonce.size()));
  if (dialled && expected == 0)
    --seed_dials_open_;
  open_links_.push_back(id);
  perform(core_->on_open(id, std::move(facts), now()));
}

void cluster_actor::on_bytes(cluster::link_id id, std::string_view bytes) {
  perform(core_->on_bytes(id, bytes, now()));
  hand_out(id);
}

void cluster_actor::on_written(cluster::link_id) {
  loop_.mark_dirty(*this);
}

void cluster_actor::on_closed(cluster::link_id id, std::string_view why) {
  spdlog::debug("A connection between nodes ended link={} why=\"{}\"", id, why);
  std::erase(open_links_, id);
  std::erase(closing_links_, id);
  perform(core_->on_closed(id, now()));
  hand_out(0);
}

void cluster_actor::on_dial_failed(const std::string& address, cluster::epoch_t expected,
                                   std::string_view why) {
  spdlog::debug("A node does not answer address={} why=\"{}\"", address, why);
  if (expected == 0)
    --seed_dials_open_;
  perform(core_->on_dial_failed(expected, now()));
}

bool cluster_actor::welcomes(std::string_view host) {
  return core_->welcomes(host, now());
}

/// The end of a turn of the loop: every link that can write gets one gathered write.
void cluster_actor::flush() {
  const auto at = now();
  for (const auto id : open_links_)
    if (links_->writable(id))
      if (auto slices = core_->next_write(id, write_budget, at); !slices.empty())
        links_->write(id, std::move(slices));
  for (const auto id : std::exchange(closing_links_, {}))
    links_->close(id);
}

void cluster_actor::on_timer(net::time_point) {
  const auto at = now();
  perform(core_->tick(at));
  hand_out(0);
  topology_.cluster_full.store(core_->overloaded(), std::memory_order_relaxed);
  if (const bool wanted = core_->strangers() < strangers_max; wanted != accepting_) {
    accepting_ = wanted;
    links_->accept(wanted);
  }
  update_readiness(at);
  loop_.timers().arm(*this, at + tick_interval);
}

// -- readiness

void cluster_actor::update_readiness(cluster::time_point at) {
  const auto known = cluster::readiness::facts_of(*core_, seed_dials_open_);
  if (readiness_->becomes_ready(known, at)) {
    if (!known.linked && !settings_.cluster.seeds.empty())
      spdlog::warn("No other node answers at the seeds; this one starts a cluster of its own");
    perform_call(cluster::calls::become_ready{});
  }
  if (!readiness_->ready())
    return;
  const bool here = !core_->isolated();
  if (status_.in_cluster.exchange(here, std::memory_order_relaxed) == here)
    return;
  if (here)
    spdlog::info("This node is part of its cluster members={}",
                 core_->members().members().serving() + 1);
  else
    spdlog::warn("No link to any other node is left: this node is isolated");
}

}  // namespace grapevine::actors
