#include "actors/node.hpp"

#include "actors/app_registry.hpp"
#include "actors/bridge_setup.hpp"
#include "actors/cluster/cluster_actor.hpp"
#include "actors/cluster/cluster_port.hpp"
#include "actors/cluster/cluster_settings.hpp"
#include "actors/directory_actor.hpp"
#include "actors/fanout_actor.hpp"
#include "actors/gateway.hpp"
#include "actors/local_actors.hpp"
#include "actors/local_hub.hpp"
#include "actors/node_status.hpp"
#include "actors/shard.hpp"
#include "actors/status_service.hpp"
#include "net/listener.hpp"
#include "net/tls.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <future>
#include <random>
#include <thread>
#include <vector>

namespace grapevine::actors {

namespace {

/// Half of every socket id: 10^15 keeps it exact where a client reads it as a number.
std::uint64_t draw_identity() {
  std::random_device entropy;
  return std::uniform_int_distribution<std::uint64_t>{1, 999'999'999'999'999}(entropy);
}

struct actor_settings : caf::actor_system_config {
  actor_settings() {
    // Everything runs pinned; CAF's own workers have next to nothing to do.
    set("scheduler.max-threads", std::size_t{1});
    set("scheduler.policy", caf::atom("sharing"));
  }
};

net::client_session_settings session_settings(const config::settings& s) {
  net::client_session_settings result;
  result.request_header_max = s.limits.request_header;
  result.request_body_max = s.limits.request_body;
  result.message_max = s.limits.message;
  result.outbox_max = s.limits.outbox;
  result.handshake_timeout = s.limits.handshake_timeout;
  result.keep_alive_timeout = s.limits.keep_alive_timeout;
  result.close_timeout = s.limits.close_timeout;
  result.path_prefix = s.node.path_prefix;
  result.trusted_proxies = s.node.trusted_proxies;
  result.cors = true;
  return result;
}

template <class Actor>
Actor& object_of(const caf::actor& handle) {
  return *static_cast<Actor*>(caf::actor_cast<caf::abstract_actor*>(handle));
}

}  // namespace

struct node::impl {
  impl(const config::settings& s, std::string version)
      : settings{s}, shard_count{s.node.shards ? s.node.shards
                                               : std::max(1u, std::thread::hardware_concurrency())},
        apps{s.apps, s.limits}, status{shard_count}, local{shard_count}, system{actor_config},
        client_sessions{session_settings(s)}, admin_sessions{session_settings(s)} {
    local.drains = &status.draining;
    local.roster.members_max = s.limits.presence_members;
    local.roster.leave_debounce = {};
    status.name = s.node.name;
    status.version = std::move(version);
    status.identity = draw_identity();
    admin_sessions.cors = false;
    admin_sessions.path_prefix.clear();
  }

  std::string bind();
  void spawn();
  std::string join_cluster();
  void leave_cluster();
  /// Runs `f` on a shard's thread and waits for it.
  template <class F>
  void on_shard(shard& where, F f) {
    std::promise<void> done;
    where.loop().post([&] {
      f();
      done.set_value();
    });
    done.get_future().wait();
  }

  config::settings settings;
  std::size_t shard_count;
  app_registry apps;
  node_status status;
  local_actors local;
  actor_settings actor_config;
  caf::actor_system system;
  net::client_session_settings client_sessions;
  net::client_session_settings admin_sessions;
  std::unique_ptr<net::tls_context> tls;
  base::endpoint client_address;
  base::endpoint admin_address;
  std::vector<std::unique_ptr<local_hub>> hubs;
  std::vector<std::unique_ptr<shard>> shards;
  std::vector<caf::actor> gateways;
  caf::actor admin;
  /// With a cluster: its thread, and the shards' ways to it.
  std::unique_ptr<shard> cluster_shard;
  cluster::hybrid_clock clock;
  std::vector<std::unique_ptr<cluster_port>> ports;
  base::endpoint cluster_address;
  bool in_cluster = false;  ///< the actor lives and has bound its address
  std::vector<std::unique_ptr<net::listener>> listeners;  ///< by shard; the admin's is last
  bridges to_others;
  bool running = false;
};

std::string node::impl::bind() {
  if (settings.node.tls.enabled()) {
    std::string error;
    tls = net::tls_context::load(settings.node.tls.certificate, settings.node.tls.key, error);
    if (!tls)
      return error;
  }
  auto clients = net::probe_address(settings.node.listen.host, settings.node.listen.port);
  if (!clients.error.empty())
    return clients.error;
  auto admins =
      net::probe_address(settings.node.admin_listen.host, settings.node.admin_listen.port);
  if (!admins.error.empty())
    return admins.error;
  client_address = {clients.address.host, clients.address.port};
  admin_address = {admins.address.host, admins.address.port};
  status.address = base::to_string(client_address);

  spawn();
  if (settings.cluster.enabled)
    if (auto error = join_cluster(); !error.empty())
      return error;
  const auto origin = origin_of(local.epoch ? local.epoch : status.identity);
  if (auto error = add_bridges(settings, origin, status.identity, apps, local, shards, to_others);
      !error.empty())
    return error;
  for (std::size_t i = 0; i < shard_count; ++i) {
    auto& service = object_of<gateway>(gateways[i]);
    listeners.push_back(std::make_unique<net::listener>(shards[i]->loop(), service, client_sessions,
                                                        tls.get(), status.sockets[i]));
    if (auto error = listeners.back()->listen(clients.address); !error.empty())
      return error;
  }
  auto& admin_service = object_of<status_service>(admin);
  listeners.push_back(std::make_unique<net::listener>(shards[0]->loop(), admin_service,
                                                      admin_sessions, nullptr, status.sockets[0]));
  return listeners.back()->listen(admins.address);
}

std::string node::impl::join_cluster() {
  const auto& with = settings.cluster;
  cluster_shard = std::make_unique<shard>(system, static_cast<std::uint32_t>(shard_count));
  status.in_cluster = false;
  local.epoch = draw_epoch();
  local.roster.self = local.epoch;
  local.roster.leave_debounce = with.leave_debounce;
  local.roster.moving_grace = with.moving_grace;
  for (std::size_t i = 0; i < shard_count; ++i) {
    ports.push_back(std::make_unique<cluster_port>(
        &shards[i]->loop(), static_cast<std::uint32_t>(i), apps, local, clock, with.name));
    local.ports.push_back(ports.back().get());
  }
  std::random_device entropy;
  const auto seed = std::uint64_t{entropy()} << 32 | entropy();
  local.cluster = spawn_on<cluster_actor>(*cluster_shard, cluster_shard->loop(), apps, local,
                                          status, settings, seed);
  auto& actor = object_of<cluster_actor>(local.cluster);
  auto error = actor.listen();
  in_cluster = error.empty();
  cluster_address = actor.address();
  return error;
}

/// After the clients have gone: what is queued for other nodes leaves, then the goodbye.
void node::impl::leave_cluster() {
  if (!in_cluster)
    return;
  caf::scoped_actor self{system};
  constexpr std::chrono::seconds patience{4};
  self->request(local.cluster, patience, actors::leave_cluster{})
      .receive([](bool) {}, [](const caf::error&) {});
}

void node::impl::spawn() {
  for (std::uint32_t i = 0; i < shard_count; ++i) {
    shards.push_back(std::make_unique<shard>(system, i));
    hubs.push_back(std::make_unique<local_hub>(apps, i, status.identity));
  }
  for (std::size_t i = 0; i < shard_count; ++i) {
    local.directories.push_back(spawn_on<directory_actor>(*shards[i], apps, local));
    local.fanouts.push_back(spawn_on<fanout_actor>(*shards[i], *hubs[i], local));
    gateways.push_back(spawn_on<gateway>(*shards[i], *hubs[i], local, status, shards[i]->loop()));
  }
  admin = spawn_on<status_service>(*shards[0], apps, local, status);
}

node::node(const config::settings& settings, std::string version)
    : impl_{std::make_unique<impl>(settings, std::move(version))} {}

node::~node() {
  stop();
}

std::string node::start() {
  auto error = impl_->bind();
  // The threads run even when binding failed: the actors that were spawned have to end in an
  // orderly way.
  for (auto& shard : impl_->shards)
    shard->start();
  if (impl_->cluster_shard)
    impl_->cluster_shard->start();
  impl_->running = true;
  if (!error.empty())
    stop();
  return error;
}

void node::authorize_with(authorizer decide) {
  impl_->status.authorize = std::move(decide);
}

protocol::api_refusal node::publish(const std::string& app_id,
                                    const std::vector<std::string>& channels, std::string event,
                                    std::string data, std::string_view except) {
  auto& self = *impl_;
  const auto* owner = self.apps.find_by_id(app_id);
  if (!owner)
    return {404, "Unknown app", {}};
  if (data.size() > self.settings.limits.event_data)
    return {413, "The data content of this event exceeds the allowed maximum", {}};
  if (self.local.pressure.overloaded())
    return {503, "The node is over capacity", {}};
  const auto content =
      std::make_shared<const event_content>(event_content{std::move(event), std::move(data)});
  const auto left_out = protocol::parse_socket_id(except).value_or(protocol::socket_id{});
  for (const auto& channel : channels) {
    channel_ref key{owner->index, channel};
    caf::anon_send(self.local.directory_of(key), actors::publish{key, content, left_out, {}});
  }
  return {0, {}, {}};
}

std::string node::reload_certificate() {
  auto& self = *impl_;
  const auto& files = self.settings.node.tls;
  if (!files.enabled())
    return {};
  std::string error;
  auto fresh = net::tls_context::load(files.certificate, files.key, error);
  if (!fresh)
    return error;
  // The admin's listener, the last one, has no TLS.
  for (std::size_t i = 0; i < self.shard_count; ++i)
    self.on_shard(*self.shards[i], [&] { self.listeners[i]->use_tls(fresh.get()); });
  self.tls = std::move(fresh);
  return {};
}

std::string node::reload_cluster_certificate() {
  auto& self = *impl_;
  std::string error;
  if (self.in_cluster)
    self.on_shard(*self.cluster_shard, [&] {
      error = object_of<cluster_actor>(self.local.cluster).reload_certificate();
    });
  return error;
}

void node::drain() {
  if (impl_->status.draining.exchange(true))
    return;
  if (impl_->in_cluster)
    caf::anon_send(impl_->local.cluster, begin_leaving{});
  for (const auto& fanout : impl_->local.fanouts)
    caf::anon_send(fanout, actors::drain{impl_->settings.limits.drain_timeout});
}

std::size_t node::clients() const {
  return impl_->apps.connections();
}

std::size_t node::client_sockets() const {
  std::size_t total = 0;
  for (const auto& shard : impl_->status.sockets)
    total += shard.websockets.load(std::memory_order_relaxed);
  return total;
}

void node::leave() {
  impl_->leave_cluster();
}

void node::stop() {
  auto& self = *impl_;
  if (!std::exchange(self.running, false))
    return;
  // Listeners first, on their own threads: no session and no new actor after that.
  for (std::size_t i = 0; i < self.listeners.size(); ++i) {
    auto& shard = *self.shards[i % self.shard_count];
    self.on_shard(shard, [&] {
      self.listeners[i]->close();
      self.listeners[i]->abort_sessions();
    });
  }
  auto end = [](caf::actor& who) {
    caf::anon_send_exit(who, caf::exit_reason::user_shutdown);
    who = nullptr;
  };
  for (const auto& each : self.to_others.all())
    if (each->actor)
      end(each->actor);
  if (self.local.cluster)
    end(self.local.cluster);
  if (self.admin)
    end(self.admin);
  for (auto& who : self.gateways)
    end(who);
  for (auto& who : self.local.directories)
    end(who);
  for (auto& who : self.local.fanouts)
    end(who);
  self.system.await_all_actors_done();
  for (std::size_t i = 0; i < self.listeners.size(); ++i)
    self.on_shard(*self.shards[i % self.shard_count], [&] { self.listeners[i].reset(); });
  if (self.cluster_shard)
    self.cluster_shard->stop();
  for (auto& shard : self.shards)
    shard->stop();
}

const base::endpoint& node::client_address() const {
  return impl_->client_address;
}

const base::endpoint& node::admin_address() const {
  return impl_->admin_address;
}

const base::endpoint* node::cluster_address() const {
  return impl_->in_cluster ? &impl_->cluster_address : nullptr;
}

}  // namespace grapevine::actors
