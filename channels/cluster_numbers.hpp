#pragma once

#include "cluster/types.hpp"

#include <cstdint>

namespace grapevine::channels {

/// What a channel draws from its node's part in the cluster: numbers that are unique there.
class cluster_numbers {
public:
  /// This run of the node.
  virtual cluster::epoch_t self() const noexcept = 0;
  /// A ticket that no other `want` of this node has or had.
  virtual std::uint64_t ticket() noexcept = 0;
  /// A stamp of the cluster's clock, later than every earlier one and all that was observed.
  virtual std::uint64_t stamp() noexcept = 0;
  /// Something stamped `seen` has come from another node.
  virtual void observe(std::uint64_t seen) noexcept = 0;

protected:
  ~cluster_numbers() = default;
};

}  // namespace grapevine::channels
