#pragma once

#include <grapevine/broadcast.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace grapevine {
inline namespace v1 {

/// What an embedded node is told. Every other key of the configuration file can be given in `toml`;
/// the members here come before it.
struct node_settings {
  /// Where clients connect; port 0 lets the system choose.
  std::string listen = "127.0.0.1:8000";
  std::string admin_listen = "127.0.0.1:0";
  std::string name = {};            ///< empty: host name, client port and a random part
  std::string cluster_listen = {};  ///< empty, and no seeds: a node of its own
  std::vector<std::string> seeds = {};
  std::string cluster_secret = {};
  /// The app that `broadcast()` publishes for and whose key signs; empty: the first of `toml`.
  std::string app_id = {};
  std::string key = {};
  std::string secret = {};
  std::string toml = {};
  /// Threads that run the channel callbacks of the auth endpoint, and requests that may wait for
  /// one; beyond it the answer is 503.
  unsigned auth_workers = 2;
  std::size_t auth_waiting_max = 1'000;
  /// Queues, timeout, master key and other drivers of `broadcast()`. Its driver, url, app_id, key
  /// and secret are the node's own.
  broadcast_settings broadcast = {};
};

/// A whole node of the cluster in this process: serves clients, knows the other nodes, and is what
/// its `broadcast()` publishes into. The callbacks of `channels()` answer
/// POST /api/v1/broadcasting/auth on the clients' port, for users whom `authenticate` finds.
///
/// `start` and `stop` belong to one thread; `broadcast` and `channels` to any.
class node {
public:
  explicit node(const node_settings&);
  /// As `stop`.
  ~node();
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  /// Binds every listener, then serves; once. `misconfigured` tells every problem of the settings.
  broadcast_result start();
  /// Ends the queues, sends the clients to other nodes within `grace`, says goodbye to the cluster
  /// and ends. What is broadcast afterwards fails with `stopped`.
  void stop(std::chrono::milliseconds grace = std::chrono::milliseconds{2'000});

  /// Publishes into this node. Before `start` it fails with `stopped`.
  broadcaster broadcast() const;
  channel_registry& channels() const;

  /// The addresses that were bound, as HOST:PORT; empty before `start`, and of the cluster without
  /// one.
  std::string client_address() const;
  std::string admin_address() const;
  std::string cluster_address() const;
  /// Connected clients.
  std::size_t clients() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace v1
}  // namespace grapevine
