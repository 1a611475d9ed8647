#pragma once

#include "bench/child_process.hpp"
#include "bench/http_reader.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace grapevine::bench {

/// Real nodes on 127.0.0.1, each a process: n1, n2 ..., which end with this object. Ports and names
/// stay a node's own when it is killed and started again. Nodes are counted from 0.
class node_group {
public:
  struct settings {
    std::string server;  ///< the grapevine program
    std::size_t nodes = 1;
    unsigned shards = 1;
    bool clustered = true;  ///< false: nodes that know nothing of each other
  };

  /// Starts all and waits until they agree; null, with a sentence in `why`, when they do not.
  static std::unique_ptr<node_group> start(const settings&, std::string& why);

  std::size_t size() const noexcept {
    return nodes_.size();
  }
  pid_t pid(std::size_t node) const {
    return nodes_[node].process->pid();
  }
  std::uint16_t port(std::size_t node) const {
    return nodes_[node].port;
  }

  /// SIGKILL; the process is gone on return.
  void kill(std::size_t node);
  bool restart(std::size_t node, std::string& why);

  /// Every node is ready, sees all as alive and is linked to each.
  bool wait_until_agreed(std::chrono::milliseconds timeout, std::string& why);

  /// The state that `of` has in the eyes of `node`, as in GET /members; empty when it has none.
  std::string state_of(std::size_t of, std::size_t node);
  /// The cluster's counters in a node's GET /status; null when it does not answer.
  nlohmann::json counters(std::size_t node);

private:
  struct member {
    std::string name;
    std::uint16_t port = 0;
    std::uint16_t cluster_port = 0;
    std::vector<std::string> command;
    std::unique_ptr<child_process> process;
    std::unique_ptr<http_reader> clients;
    std::unique_ptr<http_reader> admin;
  };

  explicit node_group(const settings&);
  bool agrees(member&);
  nlohmann::json ask(http_reader&, const std::string& path);

  std::vector<member> nodes_;
  bool clustered_;
};

}  // namespace grapevine::bench
