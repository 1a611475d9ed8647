#include "bench/node_group.hpp"

#include <thread>

namespace grapevine::bench {

using namespace std::chrono_literals;

namespace {

constexpr auto start_timeout = 10s;
constexpr auto agree_timeout = 15s;
constexpr auto poll_interval = 10ms;

std::string on_loopback(std::uint16_t port) {
  return "127.0.0.1:" + std::to_string(port);
}

}  // namespace

std::unique_ptr<node_group> node_group::start(const settings& wanted, std::string& why) {
  std::unique_ptr<node_group> group{new node_group{wanted}};
  for (std::size_t i = 0; i < group->size(); ++i)
    if (!group->restart(i, why))
      return nullptr;
  if (wanted.clustered && !group->wait_until_agreed(agree_timeout, why))
    return nullptr;
  return group;
}

node_group::node_group(const settings& wanted)
    : nodes_(wanted.nodes), clustered_{wanted.clustered} {
  std::string seeds;
  for (auto& each : nodes_) {
    each.cluster_port = free_port();
    seeds += (seeds.empty() ? "" : ",") + on_loopback(each.cluster_port);
  }
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    auto& each = nodes_[i];
    each.name = "n" + std::to_string(i + 1);
    each.port = free_port();
    const auto admin_port = free_port();
    each.clients = std::make_unique<http_reader>(each.port);
    each.admin = std::make_unique<http_reader>(admin_port);
    each.command = {wanted.server,
                    "serve",
                    "--dev",
                    "--name",
                    each.name,
                    "--shards",
                    std::to_string(wanted.shards),
                    "--log-level",
                    "error",
                    "--listen",
                    on_loopback(each.port),
                    "--admin-listen",
                    on_loopback(admin_port)};
    if (clustered_)
      for (const auto& word : {std::string{"--cluster-listen"}, on_loopback(each.cluster_port),
                               std::string{"--seeds"}, seeds})
        each.command.push_back(word);
  }
}

void node_group::kill(std::size_t node) {
  nodes_[node].process->kill();
}

bool node_group::restart(std::size_t node, std::string& why) {
  auto& one = nodes_[node];
  one.process = child_process::start(one.command, -1);
  if (one.process && one.process->wait_until_listening(one.port, start_timeout))
    return true;
  why = one.name + " does not accept connections: " + one.command.front();
  return false;
}

bool node_group::wait_until_agreed(std::chrono::milliseconds timeout, std::string& why) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (auto& each : nodes_)
    while (!agrees(each)) {
      if (std::chrono::steady_clock::now() > deadline) {
        why = each.name + " does not see all nodes alive and linked in time";
        return false;
      }
      std::this_thread::sleep_for(poll_interval);
    }
  return true;
}

bool node_group::agrees(member& asked) {
  const auto ready = asked.clients->get("/ready");
  if (!ready || ready->status != 200)
    return false;
  const auto view = ask(*asked.admin, "/members");
  std::size_t alive = 0;
  for (const auto& each : view.value("members", nlohmann::json::array()))
    if (each.value("state", "") == "alive" && each.value("linked", false))
      ++alive;
  return alive == nodes_.size();
}

std::string node_group::state_of(std::size_t of, std::size_t node) {
  const auto view = ask(*nodes_[node].admin, "/members");
  for (const auto& each : view.value("members", nlohmann::json::array()))
    if (each.value("name", "") == nodes_[of].name)
      return each.value("state", "");
  return {};
}

nlohmann::json node_group::counters(std::size_t node) {
  return ask(*nodes_[node].admin, "/status").value("cluster", nlohmann::json{});
}

nlohmann::json node_group::ask(http_reader& reader, const std::string& path) {
  const auto answer = reader.get(path);
  auto body = nlohmann::json::parse(answer ? answer->body : "{}", nullptr, false);
  return body.is_object() ? body : nlohmann::json::object();
}

}  // namespace grapevine::bench
