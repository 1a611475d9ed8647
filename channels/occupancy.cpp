#include "channels/occupancy.hpp"

namespace grapevine::channels {

bool occupancy::add(std::uint32_t shard) {
  if (shard >= per_shard_.size())
    per_shard_.resize(shard + 1);
  if (per_shard_[shard]++ == 0)
    shards_.push_back(shard);
  return total_++ == 0;
}

bool occupancy::remove(std::uint32_t shard) {
  if (shard >= per_shard_.size() || per_shard_[shard] == 0)
    return false;
  if (--per_shard_[shard] == 0)
    std::erase(shards_, shard);
  return --total_ == 0;
}

}  // namespace grapevine::channels
