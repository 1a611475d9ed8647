#pragma once

#include "actors/messages.hpp"

#include <caf/actor.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace grapevine::actors {

/// Which channels live in one directory, and when one may end. A channel that is idle says so
/// together with how many messages it had handled; it may end only if that is all that was ever
/// forwarded to it.
class directory_state {
public:
  /// The channel's actor, counted as one more message forwarded to it; null when there is none.
  const caf::actor* forward(const channel_ref& key);
  void insert(const channel_ref& key, caf::actor channel);
  /// The actor to end, which is forgotten; null when the channel has work under way.
  caf::actor retire(const channel_ref& key, std::uint64_t handled);
  void set_occupied(const channel_ref& key, bool occupied);
  /// Occupied channels of `app` (or all) whose names start with `prefix`, in order of their names.
  std::vector<std::pair<channel_ref, caf::actor>> occupied(const std::optional<std::uint32_t>& app,
                                                           std::string_view prefix) const;
  /// Empties the directory and hands out all actors.
  std::vector<caf::actor> take_all();
  std::size_t size() const noexcept {
    return size_;
  }

private:
  struct entry {
    caf::actor channel;
    std::uint64_t forwarded = 0;
    bool occupied = false;
  };
  entry* find(const channel_ref& key);

  std::map<std::uint32_t, std::map<std::string, entry, std::less<>>> apps_;  ///< by app, then name
  std::size_t size_ = 0;
};

}  // namespace grapevine::actors
