#include "actors/cluster/cluster_actor.hpp"

#include "actors/bridges.hpp"
#include "actors/cluster/cluster_report.hpp"
#include "actors/cluster/cluster_settings.hpp"
#include "actors/cluster_port.hpp"

#include <openssl/rand.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace grapevine::actors {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds tick_interval = 20ms;
/// For one link in one turn: long enough for a full socket buffer, short enough that the other
/// links are not kept waiting.
constexpr std::size_t write_budget = 256u << 10;
/// Connections that have not proved themselves; while there are more, the others wait outside. As
/// many as a large cluster has nodes, which may all dial a restarted one at once.
constexpr std::size_t strangers_max = 64;
/// Every node hears of every channel, which was measured up to here.
constexpr std::size_t recommended_nodes = 64;

}  // namespace

cluster_actor::cluster_actor(caf::actor_config& cfg, net::loop& loop, app_registry& apps,
                             local_actors& local, node_status& status,
                             const config::settings& settings, std::uint64_t seed)
    : pinned_actor{cfg}, loop_{loop}, local_{local}, status_{status}, settings_{settings},
      seed_{seed},
      items_(local.directories.size()), questions_{*this, apps, local,
                                                   [this](const cluster::node_call& call) {
                                                     perform_call(call);
                                                   }} {}

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
  core_ = std::make_unique<cluster::node_core>(core_settings(settings_, address_, local_.epoch),
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
  questions_.clear();
}

caf::behavior cluster_actor::make_behavior() {
  return {
      [this](const to_cluster& message) { on_calls(message); },
      [this](const turn_done& report) {
        core_->part_done(report.turn);
        loop_.mark_dirty(*this);
      },
      [this](const ask_cluster& question) { return ask(question); },
      [this](describe_members) { return members_json(*core_); },
      [this](describe_cluster) { return counters_json(*core_); },
      [this](bridges_changed) {
        perform_call(cluster::calls::report_bridges{local_.to_others->reports()});
      },
      [this](begin_leaving) { perform_call(cluster::calls::begin_leaving{}); },
      [this](leave_cluster) -> caf::result<bool> {
        goodbye_ = make_response_promise();
        perform_call(cluster::calls::leave{});
        return *goodbye_;
      },
  };
}

// -- from the shards

void cluster_actor::on_calls(const to_cluster& message) {
  const auto at = now();
  const auto& [calls, frames] = *message.batch;
  for (const auto& call : calls)
    core_->on_call(call, at, frames);
  local_.pressure.cluster_backlog.fetch_sub(frames.size(), std::memory_order_relaxed);
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
  local_.pressure.cluster_full.store(core_->overloaded(), std::memory_order_relaxed);
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

void cluster_actor::perform(cluster::node_effects effects) {
  for (auto& effect : effects)
    std::visit([this](auto& each) { perform(each); }, effect);
  loop_.mark_dirty(*this);
}

// -- effects for links

void cluster_actor::perform(cluster::dial& effect) {
  const auto& [host, port] = effect.address;
  if (effect.expected == 0)
    return dial_seed(effect.address);
  if (!is_dialling(host, port))
    return links_->dial(host, port, effect.expected);
  // A seed may turn out to be that member: two connections would only have to be told apart.
  loop_.post([this, expected = effect.expected, self = caf::strong_actor_ptr{ctrl()}] {
    perform(core_->on_dial_failed(expected, now()));
  });
}

/// Somebody is being called there and has not proved who he is.
bool cluster_actor::is_dialling(const std::string& host, std::uint16_t port) const {
  const auto under_way = links_->dialled(host, port);
  return std::ranges::any_of(under_way, [this](auto id) { return !core_->admitted(id); });
}

/// A seed is a name for any number of nodes: each address that is no known node is tried.
void cluster_actor::dial_seed(const base::endpoint& seed) {
  ++seed_dials_open_;
  net::resolve(loop_, seed.host, seed.port,
               [this, seed, self = caf::strong_actor_ptr{ctrl()}](
                   const std::vector<base::endpoint>& found, const std::string& error) {
                 --seed_dials_open_;
                 if (!links_)
                   return;
                 if (!error.empty())
                   spdlog::warn("A seed cannot be looked up seed={} why=\"{}\"", seed.host, error);
                 for (const auto& address : found) {
                   if (core_->knows(address) || is_dialling(address.host, address.port))
                     continue;
                   ++seed_dials_open_;
                   links_->dial(address.host, address.port, 0);
                 }
               });
}

void cluster_actor::perform(cluster::close_link& effect) {
  closing_links_.push_back(effect.link);
}

// -- effects for channels

template <class Item>
void cluster_actor::queue(Item& item) {
  items_[local_.shard_of(item.channel)].emplace_back(std::move(item));
}

void cluster_actor::perform(cluster::remote_event& effect) {
  queue(effect);
}

void cluster_actor::perform(cluster::remote_roster& effect) {
  queue(effect);
}

void cluster_actor::perform(cluster::channel_ready& effect) {
  queue(effect);
}

/// One message per shard for everything that one read brought.
void cluster_actor::hand_out(cluster::link_id from) {
  const auto parts = std::ranges::count_if(items_, [](const auto& each) { return !each.empty(); });
  const auto turn =
      from == 0 ? cluster::link_turn{} : core_->end_turn(from, static_cast<unsigned>(parts));
  for (std::size_t shard = 0; shard < items_.size(); ++shard) {
    if (items_[shard].empty())
      continue;
    auto batch =
        std::make_shared<const std::vector<cluster_item>>(std::exchange(items_[shard], {}));
    send(local_.directories[shard], from_cluster{std::move(batch), turn});
  }
}

// -- effects for those who ask and for the log

caf::result<cluster_answer> cluster_actor::ask(const ask_cluster& asked) {
  auto promise = make_response_promise();
  const bool of_channel = cluster_questions::of_channel(asked.kind);
  const auto key = of_channel ? local_.ports[0]->key_of({asked.app, asked.text}) : 0;
  const bool wanted_elsewhere = of_channel && core_->wanted_elsewhere(key);
  const auto at = now();
  for (const auto& call :
       questions_.open(asked, key, wanted_elsewhere, settings_.cluster.query_timeout, promise))
    core_->on_call(call, at);
  perform(core_->flush(at));
  return promise;
}

void cluster_actor::perform(cluster::question& effect) {
  questions_.on_question(effect);
}

void cluster_actor::perform(cluster::gathered_answers& effect) {
  questions_.on_gathered(effect);
}

void cluster_actor::perform(cluster::cache_found& effect) {
  questions_.on_found(effect);
}

void cluster_actor::perform(cluster::bridge_duties& effect) {
  if (local_.to_others)
    local_.to_others->set_duties(effect.duties);
}

void cluster_actor::perform(cluster::member_news& effect) {
  const auto [level, text] = line_of(effect);
  spdlog::log(level, "{}", text);
  local_.members.set(effect.epoch, effect.to == cluster::member_state::alive
                                       || effect.to == cluster::member_state::suspect);
  const auto nodes = core_->members().members().serving() + 1;
  if (nodes > recommended_nodes && !std::exchange(large_, true))
    spdlog::warn("The cluster is larger than it is made for: every node hears of every channel "
                 "nodes={} recommended={}",
                 nodes, recommended_nodes);
}

void cluster_actor::perform(cluster::link_news& effect) {
  const auto [level, text] = line_of(effect);
  spdlog::log(level, "{}", text);
}

void cluster_actor::perform(cluster::departed&) {
  if (goodbye_)
    goodbye_->deliver(true);
  goodbye_.reset();
}

}  // namespace grapevine::actors
