#pragma once

#include "cluster/types.hpp"

#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace grapevine::actors {

/// What a node calls itself in what it publishes to other systems.
std::string origin_of(cluster::epoch_t epoch);

/// The other nodes that serve in this node's cluster, by their origins. Kept by the cluster's
/// actor, read from any thread.
class cluster_members {
public:
  void set(cluster::epoch_t, bool serving);
  bool contains(std::string_view origin) const;

private:
  mutable std::mutex mutex_;
  std::set<std::string, std::less<>> origins_;
};

}  // namespace grapevine::actors
