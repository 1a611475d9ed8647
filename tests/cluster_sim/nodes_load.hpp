#pragma once

#include "nodes_oracle.hpp"

#include <map>
#include <string>
#include <vector>

namespace grapevine::cluster::sim {

/// The clients of a simulation: they come, go, move and publish all the time, on nodes that accept
/// them.
class nodes_load {
public:
  nodes_load(nodes_world&, nodes_oracle&, duration longest_rest, std::uint64_t sockets_max);

  void run();
  void set_users(std::uint64_t most) noexcept {
    users_ = most;
  }
  /// So many come at once.
  void fill(std::uint64_t sockets);
  void publish_at(node_run&, std::size_t place);
  /// Nobody does anything until `go_on`.
  void hold() noexcept {
    held_ = true;
  }
  void go_on() noexcept {
    held_ = false;
  }
  /// Events that a node did not take because its queues were full.
  std::uint64_t refused() const noexcept {
    return refused_;
  }
  /// All clients of a node are sent away within `time`; many of them come back elsewhere soon.
  void drain(host_id, duration time);

private:
  struct client {
    epoch_t at;
    std::size_t place;
    std::string user;
  };
  using clients = std::map<socket_id, client>;

  void step();
  void subscribe();
  void unsubscribe();
  void come_back();
  void publish();
  void publish_as_client();
  void connect(node_run&, std::size_t place, const std::string& user);
  void disconnect(clients::iterator, bool moving);
  node_run* any_node();
  /// The node of a client, if it can do something for it.
  node_run* node_of(const client&);
  clients::iterator any_client();
  bool serves(const node_run&) const;
  /// A node where somebody is subscribed already, so that the next one is let in at once.
  node_run* ready_node(std::size_t place);

  nodes_world& world_;
  nodes_oracle& oracle_;
  duration longest_rest_;
  std::uint64_t sockets_max_;
  clients clients_;
  socket_id last_socket_ = 0;
  std::uint64_t last_event_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t users_ = 8;
  bool held_ = false;
};

}  // namespace grapevine::cluster::sim
