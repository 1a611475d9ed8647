#pragma once

#include "cluster/types.hpp"

#include <cstddef>
#include <list>
#include <map>
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

/// What `calls::look_up_cache` brought.
struct cache_found {
  std::uint64_t id = 0;
  std::optional<cached_item> item;
};

/// The cached events this node holds, as an owner or because it is interested (cluster.md section
/// 8). The newest (hlc, publisher) wins, so every node ends with the same one. Bounded in bytes:
/// the least recently written goes first.
class cache_store {
public:
  /// What an item costs beside its strings.
  static constexpr std::size_t item_overhead = sizeof(cached_item) + 96;

  explicit cache_store(std::size_t bytes_max) noexcept;

  /// False when what is held is as new or newer, the item's time is over, or it does not fit at
  /// all; in the last case an older one goes too, as it is no longer the last event. Two channels
  /// of the same key share one place.
  bool put(cached_item, time_point now);
  /// Null when there is none of that channel or its time is over. Valid until the next `put` or
  /// `expire`.
  const cached_item* find(std::uint64_t key, std::uint32_t app, std::string_view channel,
                          time_point now) const;
  /// Null as `find`, but whatever channel has the key; for handing items to new owners.
  const cached_item* find(std::uint64_t key, time_point now) const;
  /// Every unexpired item's key, ascending.
  std::vector<std::uint64_t> keys(time_point now) const;
  void expire(time_point now);
  std::size_t bytes() const noexcept;
  std::size_t size() const noexcept;

private:
  using items = std::list<cached_item>;
  static std::size_t cost(const cached_item&) noexcept;
  void erase(std::map<std::uint64_t, items::iterator>::iterator);

  std::size_t bytes_max_;
  std::size_t bytes_ = 0;  ///< the cost of all items
  items by_write_;         ///< last written first
  std::map<std::uint64_t, items::iterator> by_key_;
};

}  // namespace grapevine::cluster
