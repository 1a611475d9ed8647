#pragma once

#include "cluster/node/node_effects.hpp"

#include <cstddef>
#include <memory>
#include <variant>
#include <vector>

namespace grapevine::channels {

/// What the cluster has for a channel of this node.
using cluster_item =
    std::variant<cluster::remote_event, cluster::remote_roster, cluster::channel_ready>;

/// One of a batch of items, which all who are still to read some of them share.
struct channel_item {
  std::shared_ptr<const std::vector<cluster_item>> items;
  std::size_t place = 0;

  const cluster_item& operator*() const noexcept {
    return (*items)[place];
  }
};

}  // namespace grapevine::channels
