#pragma once

#include "cluster/frames.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace grapevine::cluster {

/// The last server event of a cache channel as nodes keep it for each other.
struct cached_item {
  std::uint64_t key = 0;
  std::uint32_t app = 0;  ///< local index
  std::string channel;
  std::string event;
  std::string data;
  std::uint64_t hlc = 0;
  epoch_t publisher = 0;
  time_point expires_at{};
  bool operator==(const cached_item&) const = default;
};

/// The cached events this node holds, as an owner or because it is interested (cluster.md section
/// 8). The newest (hlc, publisher) wins, so every node ends with the same one. Bounded in bytes:
/// the least recently written goes first.
class cache_store {
public:
  explicit cache_store(std::size_t bytes_max) noexcept;

  /// False when what is held is newer, or the item does not fit at all.
  bool put(cached_item, time_point now);
  /// Null when there is none or its time is over. Valid until the next call.
  const cached_item* find(std::string_view app_channel_name, std::uint32_t app, std::uint64_t key,
                          time_point now);
  /// Every unexpired item's key, ascending; for handing items to new owners.
  std::vector<std::uint64_t> keys(time_point now) const;
  void expire(time_point now);
  std::size_t bytes() const noexcept;
  std::size_t size() const noexcept;

private:
  // to be chosen by the implementation
};

}  // namespace grapevine::cluster
