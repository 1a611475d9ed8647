#include "nodes_load.hpp"

#include "sim_node.hpp"

#include <iterator>

namespace grapevine::cluster::sim {

namespace {

using namespace std::chrono_literals;

}  // namespace

nodes_load::nodes_load(nodes_world& world, nodes_oracle& oracle, duration longest_rest,
                       std::uint64_t sockets_max)
    : world_{world}, oracle_{oracle}, longest_rest_{longest_rest}, sockets_max_{sockets_max} {}

void nodes_load::run() {
  world_.clock.after(world_.random.between(1ms, longest_rest_), [this] {
    if (!held_)
      step();
    run();
  });
}

void nodes_load::step() {
  std::erase_if(clients_, [&](const auto& each) { return !world_.find(each.second.at); });
  const auto dice = world_.random.below(100);
  if (dice < 26)
    subscribe();
  else if (dice < 48)
    unsubscribe();
  else if (dice < 56)
    come_back();
  else if (dice < 90)
    publish();
  else
    publish_as_client();
}

void nodes_load::fill(std::uint64_t sockets) {
  for (; sockets > 0; --sockets)
    subscribe();
}

// -- choosing

bool nodes_load::serves(const node_run& node) const {
  return !node.leaving() && !world_.network.paused(node.host());
}

node_run* nodes_load::any_node() {
  auto* node = world_.at(static_cast<host_id>(world_.random.below(world_.hosts())));
  return node && serves(*node) ? node : nullptr;
}

node_run* nodes_load::node_of(const client& who) {
  auto* node = world_.find(who.at);
  return node && !world_.network.paused(node->host()) ? node : nullptr;
}

nodes_load::clients::iterator nodes_load::any_client() {
  if (clients_.empty())
    return clients_.end();
  const auto skip = static_cast<std::ptrdiff_t>(world_.random.below(clients_.size()));
  return std::next(clients_.begin(), skip);
}

node_run* nodes_load::ready_node(std::size_t place) {
  for (std::size_t tries = 0; tries < world_.hosts(); ++tries)
    if (auto* node = any_node(); node && node->at(place).ready())
      return node;
  return nullptr;
}

// -- coming and going

void nodes_load::connect(node_run& node, std::size_t place, const std::string& user) {
  const auto socket = ++last_socket_;
  clients_[socket] = {node.epoch(), place, user};
  // The same user may show something else on another node.
  const auto info = "{\"from\":" + std::to_string(node.host() % 2) + "}";
  node.at(place).subscribe(socket, user, info);
}

void nodes_load::disconnect(clients::iterator who, bool moving) {
  if (auto* node = node_of(who->second))
    node->at(who->second.place).unsubscribe(who->first, moving);
  clients_.erase(who);
}

void nodes_load::subscribe() {
  auto* node = any_node();
  if (!node || clients_.size() >= sockets_max_)
    return;
  const auto place = static_cast<std::size_t>(world_.random.below(world_.setting.channels.size()));
  connect(*node, place, "u" + std::to_string(world_.random.below(users_)));
}

void nodes_load::unsubscribe() {
  if (const auto who = any_client(); who != clients_.end() && node_of(who->second))
    disconnect(who, false);
}

/// A page is loaded again, at the same node or another.
void nodes_load::come_back() {
  const auto who = any_client();
  if (who == clients_.end() || !node_of(who->second))
    return;
  const auto [at, place, user] = who->second;
  const bool was_in = oracle_.steady(place, user)
                      && node_of(who->second)->at(place).subscribers().contains(who->first);
  disconnect(who, false);
  const auto later = world_.random.between(0ms, 100ms);
  if (was_in && world_.setting.channels[place].presence && ready_node(place))
    oracle_.watch_return(place, user, world_.clock.now() + later + 1s);
  world_.clock.after(later, [this, p = place, u = user] {
    if (auto* node = ready_node(p))
      connect(*node, p, u);
    else
      oracle_.forget_return(p, u);
  });
}

void nodes_load::drain(host_id host, duration time) {
  const auto* leaver = world_.at(host);
  for (const auto& [socket, who] : clients_) {
    if (who.at != leaver->epoch())
      continue;
    const auto when = world_.random.between(0ms, time);
    world_.clock.after(when, [this, id = socket] {
      const auto found = clients_.find(id);
      if (found == clients_.end() || !node_of(found->second))
        return;
      const auto [at, place, user] = found->second;
      const bool was_in = oracle_.steady(place, user)
                          && node_of(found->second)->at(place).subscribers().contains(id);
      disconnect(found, true);
      if (world_.random.chance(30))
        return;
      const auto later = world_.random.between(0ms, 2500ms);
      if (was_in && world_.setting.channels[place].presence)
        oracle_.watch_return(place, user, world_.clock.now() + later + 1s);
      world_.clock.after(later, [this, p = place, u = user] {
        if (auto* node = ready_node(p))
          connect(*node, p, u);
        else
          oracle_.forget_return(p, u);
      });
    });
  }
}

// -- events

void nodes_load::publish() {
  auto* node = any_node();
  if (!node)
    return;
  const auto place = static_cast<std::size_t>(world_.random.below(world_.setting.channels.size()));
  if (node->core().overloaded()) {
    ++refused_;
    return;
  }
  for (auto n = 1 + world_.random.below(4); n > 0; --n) {
    std::optional<socket_id> except;
    if (const auto who = any_client(); who != clients_.end() && world_.random.chance(30))
      except = who->first;
    oracle_.published(*node, place, ++last_event_, except);
    node->at(place).publish(last_event_, except, std::nullopt);
  }
}

void nodes_load::publish_at(node_run& node, std::size_t place) {
  oracle_.published(node, place, ++last_event_, std::nullopt);
  node.at(place).publish(last_event_, std::nullopt, std::nullopt);
}

void nodes_load::publish_as_client() {
  const auto who = any_client();
  if (who == clients_.end() || !node_of(who->second))
    return;
  if (node_of(who->second)->core().overloaded()) {
    ++refused_;
    return;
  }
  auto& channel = node_of(who->second)->at(who->second.place);
  if (!channel.subscribers().contains(who->first))
    return;
  oracle_.published(*node_of(who->second), who->second.place, ++last_event_, who->first);
  channel.publish(last_event_, who->first, who->second.user);
}

}  // namespace grapevine::cluster::sim
