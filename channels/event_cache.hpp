#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace grapevine::protocol {

/// The last server event of a cache channel.
struct cached_event {
  std::string event;
  std::string data;
  std::chrono::steady_clock::time_point expires_at;
  /// When and where it was published, on the cluster's clock: the later one stays. 0 without a
  /// cluster.
  std::uint64_t hlc = 0;
  std::uint64_t publisher = 0;
};

/// What one channel knows besides its members: which shards have subscribers, how many, and the
/// cached event with its miss period (protocol.md 4.7). Pure.
class channel_state {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Counts one more subscriber on a shard; true when the channel thereby became occupied.
  bool subscribe(std::uint32_t shard);
  /// Counts one less; true when the channel thereby was vacated. A shard that has none is ignored.
  bool unsubscribe(std::uint32_t shard);
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

  /// Stores what a server published and ends the miss period. False when what is stored is newer.
  bool cache(cached_event);
  /// The stored event, unless it is too old.
  const cached_event* cached(time_point now) noexcept;
  /// Notes that a subscriber found nothing; true for the first of a miss period, which is what is
  /// reported.
  bool miss() noexcept;

private:
  std::vector<std::size_t> per_shard_;  ///< by shard number, as long as the highest seen
  std::vector<std::uint32_t> shards_;
  std::size_t total_ = 0;
  std::optional<cached_event> cached_;
  bool missing_ = false;
};

}  // namespace grapevine::protocol
