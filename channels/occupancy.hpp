#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace grapevine::channels {

/// How many subscribers a channel has, and on which shards of this node.
class occupancy {
public:
  /// Counts one more subscriber on a shard; true when the channel thereby became occupied.
  bool add(std::uint32_t shard);
  /// Counts one less; true when the channel thereby was vacated. A shard that has none is ignored.
  bool remove(std::uint32_t shard);
  std::size_t subscriptions() const noexcept {
    return total_;
  }
  bool occupied() const noexcept {
    return total_ > 0;
  }
  /// The shards with subscribers, each once.
  const std::vector<std::uint32_t>& shards() const noexcept {
    return shards_;
  }

private:
  std::vector<std::size_t> per_shard_;  ///< by shard number, as long as the highest seen
  std::vector<std::uint32_t> shards_;
  std::size_t total_ = 0;
};

}  // namespace grapevine::channels
