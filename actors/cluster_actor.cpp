#include "actors/cluster_actor.hpp"

#include "actors/cluster_port.hpp"
#include "actors/cluster_settings.hpp"

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
/// A node is ready at the latest this long after its start, however its seeds do.
constexpr auto joining_max = 5s;
/// A node whose seeds are all silent or refuse it starts a cluster of its own after this time.
constexpr auto joining_alone = 1s;

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
  started_ = now();
  loop_.timers().arm(*this, started_);
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
      [this](begin_leaving) { perform(core_->begin_leaving(now())); },
      [this](leave_cluster) -> caf::result<bool> {
        goodbye_ = make_response_promise();
        perform(core_->leave(now()));
        return *goodbye_;
      },
  };
}

// -- from the shards

void cluster_actor::take(const to_cluster& message) {
  const auto at = now();
  core_->begin_batch();
  std::string_view frames = message.batch->frames;
  for (const auto& each : message.batch->calls) {
    if (const auto* event = std::get_if<forward_event>(&each)) {
      core_->publish(event->key, event->cache, frames.substr(0, event->bytes), at);
      frames.remove_prefix(event->bytes);
      continue;
    }
    std::visit(
        [&]<class Call>(const Call& other) {
          if constexpr (!std::is_same_v<Call, forward_event>)
            call(other, at);
        },
        each);
  }
  topology_.pressure.cluster_backlog.fetch_sub(message.batch->frames.size(), std::memory_order_relaxed);
  perform(core_->flush(at));
  hand_out(0);
}

void cluster_actor::call(const want_channel& x, cluster::time_point at) {
  core_->want(x.ticket, x.channel, x.key, x.presence, x.cache, at);
}

void cluster_actor::call(const unwant_channel& x, cluster::time_point at) {
  core_->unwant(x.ticket, x.channel, x.key, at);
}

void cluster_actor::call(const share_join& x, cluster::time_point at) {
  core_->roster_join(x.channel, x.key, x.who, at);
}

void cluster_actor::call(const share_leave& x, cluster::time_point at) {
  core_->roster_leave(x.channel, x.key, x.user_id, x.moving, at);
}

// -- sockets

void cluster_actor::on_open(cluster::link_id id, bool dialled, cluster::epoch_t expected,
                            const net::link_peer& peer) {
  cluster::node_core::link_facts facts{.dialled = dialled,
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
  if (expected == 0) {
    --seed_dials_open_;
    ++seed_dials_done_;
  }
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
  topology_.pressure.cluster_full.store(core_->overloaded(), std::memory_order_relaxed);
  if (const bool wanted = core_->strangers() < strangers_max; wanted != accepting_) {
    accepting_ = wanted;
    links_->accept(wanted);
  }
  update_readiness(at);
  loop_.timers().arm(*this, at + tick_interval);
}

// -- readiness

void cluster_actor::update_readiness(cluster::time_point at) {
  if (!joined_) {
    const auto waited = at - started_;
    const bool linked = core_->members().members().serving() > 0;
    const bool nobody_there = !linked && seed_dials_open_ == 0 && waited >= joining_alone;
    joined_ = (linked && core_->settled()) || nobody_there || waited >= joining_max;
    if (!joined_)
      return;
    if (!linked && !settings_.cluster.seeds.empty())
      spdlog::warn("No other node answers at the seeds; this one starts a cluster of its own");
    perform(core_->become_ready(at));
  }
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
