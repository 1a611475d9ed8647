#include <grapevine/node.hpp>

#include "actors/node.hpp"
#include "base/endpoint.hpp"
#include "base/json_text.hpp"
#include "broadcast/auth_workers.hpp"
#include "broadcast/broadcast_core.hpp"
#include "config/load.hpp"
#include "drivers/registry.hpp"

#include <array>
#include <mutex>
#include <optional>
#include <random>
#include <shared_mutex>
#include <thread>
#include <unistd.h>

namespace grapevine {
inline namespace v1 {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// The node as long as it runs, for those who publish into it from other threads.
class running_node {
public:
  void set(actors::node* node) {
    const std::unique_lock lock{mutex_};
    node_ = node;
  }

  broadcast_result publish(const std::string& app, const detail::broadcast_item& item) {
    const std::shared_lock lock{mutex_};
    if (node_ == nullptr)
      return {broadcast_errc::stopped, "The node is not running"};
    const auto refusal = node_->publish(app, item.channels, item.event, item.data, item.except);
    switch (refusal.status) {
    case 0:
      return {};
    case 413:
      return {broadcast_errc::too_large, refusal.error};
    case 503:
      return {broadcast_errc::overloaded, refusal.error};
    default:
      return {broadcast_errc::refused, refusal.error};
    }
  }

private:
  std::shared_mutex mutex_;
  actors::node* node_ = nullptr;
};

/// Events into the node of this process.
class node_transport final : public broadcasting::transport {
public:
  node_transport(std::shared_ptr<running_node> into, std::string app)
      : into_{std::move(into)}, app_{std::move(app)} {}

  std::vector<broadcast_result> send(const std::vector<detail::broadcast_item>& items,
                                     clock::time_point) override {
    std::vector<broadcast_result> results;
    results.reserve(items.size());
    for (const auto& one : items)
      results.push_back(into_->publish(app_, one));
    return results;
  }
  void stop() noexcept override {}

private:
  std::shared_ptr<running_node> into_;
  std::string app_;
};

broadcasting::transport_maker transports_into(const std::shared_ptr<running_node>& node) {
  return [node, others = broadcasting::standard_transports()](
             std::string_view driver, const broadcast_settings& settings,
             broadcast_result& error) -> std::unique_ptr<broadcasting::transport> {
    if (driver == "grapevine")
      return std::make_unique<node_transport>(node, settings.app_id);
    return others(driver, settings, error);
  };
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0' ? name.data()
                                                                             : "localhost";
}

config::load_result read(const node_settings& from) {
  config::sources sources;
  // Part of a node's default name, which no two nodes may share, even where the system chooses the
  // port.
  sources.hostname = host_name() + "-" + std::to_string(std::random_device{}() % 1'000'000);
  sources.toml_name = "node_settings::toml";
  if (!from.toml.empty())
    sources.toml = from.toml;
  if (!from.app_id.empty())
    sources.apps = {from.app_id + ":" + from.key + ":" + from.secret};
  const auto set = [&](const char* key, const std::string& text) {
    if (!text.empty())
      sources.flags.emplace_back(key, text);
  };
  set("node.listen", from.listen);
  set("node.admin_listen", from.admin_listen);
  set("node.name", from.name);
  set("cluster.listen", from.cluster_listen);
  set("cluster.secret", from.cluster_secret);
  std::string seeds;
  for (const auto& one : from.seeds)
    seeds += (seeds.empty() ? "" : ",") + one;
  set("cluster.seeds", seeds);
  return config::load(sources, drivers::sections());
}

/// The broadcaster's settings, as the app the node signs for.
broadcast_settings settings_for(const node_settings& from, const config::settings& read) {
  auto result = from.broadcast;
  result.driver = "grapevine";
  for (const auto& app : read.apps) {
    if (!read.auth.app.empty() && app.id != read.auth.app)
      continue;
    result.app_id = app.id;
    result.key = app.key;
    result.secret = app.secret;
    break;
  }
  return result;
}

std::string told(const std::vector<config::problem>& problems) {
  std::string text;
  for (const auto& one : problems) {
    text += (text.empty() ? "" : "\n") + one.where + ": " + one.message;
    if (!one.fix.empty())
      text += "; " + one.fix;
  }
  return text;
}

}  // namespace

struct node::impl {
  explicit impl(const node_settings& with)
      : loaded{read(with)}, workers{with.auth_workers, with.auth_waiting_max},
        core{std::make_shared<detail::broadcast_core>(
            settings_for(with, loaded.value), transports_into(running), told(loaded.problems))} {}

  /// Answers the auth endpoint, in a thread of `workers`.
  void decide(actors::auth_question question, const actors::auth_answered& answer) {
    workers.run(
        [this, question = std::move(question), answer]() mutable {
          auth_request request;
          request.headers = std::move(question.headers);
          request.socket_id = std::move(question.socket_id);
          request.channel = std::move(question.channel);
          const auto said = core->channels().authorize(request);
          answer(static_cast<unsigned>(said.status), base::json_text(said.body));
        },
        [answer] { answer(503, R"({"error":"The endpoint is over capacity, try again"})"); });
  }

  config::load_result loaded;
  std::shared_ptr<running_node> running = std::make_shared<running_node>();
  broadcasting::auth_workers workers;
  std::shared_ptr<detail::broadcast_core> core;
  std::optional<actors::node> engine;
};

node::node(const node_settings& with) : impl_{std::make_unique<impl>(with)} {}

node::~node() {
  stop();
}

broadcast_result node::start() {
  auto& self = *impl_;
  if (!self.loaded.problems.empty())
    return {broadcast_errc::misconfigured, told(self.loaded.problems)};
  if (self.engine)
    return {broadcast_errc::misconfigured, "The node has been started before"};
  self.engine.emplace(self.loaded.value, "embedded");
  self.engine->authorize_with(
      [&self](actors::auth_question question, const actors::auth_answered& answer) {
        self.decide(std::move(question), answer);
      });
  if (auto error = self.engine->start(); !error.empty()) {
    self.engine.reset();
    return {broadcast_errc::failed, std::move(error)};
  }
  self.running->set(&*self.engine);
  return {};
}

void node::stop(std::chrono::milliseconds grace) {
  auto& self = *impl_;
  const auto until = clock::now() + grace;
  self.core->close(until);
  self.running->set(nullptr);
  if (!self.engine)
    return;
  self.engine->drain();
  while (self.engine->clients() > 0 && clock::now() < until)
    std::this_thread::sleep_for(10ms);
  self.engine->leave();
  // Those who answer the auth endpoint end before the loops do to which they answer.
  self.workers.stop();
  self.engine->stop();
  self.engine.reset();
}

broadcaster node::broadcast() const {
  return broadcaster{impl_->core};
}

channel_registry& node::channels() const {
  return impl_->core->channels();
}

std::string node::client_address() const {
  return impl_->engine ? base::to_string(impl_->engine->client_address()) : std::string{};
}

std::string node::admin_address() const {
  return impl_->engine ? base::to_string(impl_->engine->admin_address()) : std::string{};
}

std::string node::cluster_address() const {
  const auto* address = impl_->engine ? impl_->engine->cluster_address() : nullptr;
  return address == nullptr ? std::string{} : base::to_string(*address);
}

std::size_t node::clients() const {
  return impl_->engine ? impl_->engine->client_sockets() : 0;
}

}  // namespace v1
}  // namespace grapevine
