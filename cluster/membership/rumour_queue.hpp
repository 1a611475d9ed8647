#pragma once

#include "cluster/wire/rumour.hpp"

#include <cstddef>
#include <vector>

namespace grapevine::cluster {

/// How often a rumour is passed on in a cluster of `members` nodes: mult x ceil(log10(n + 1)).
unsigned retransmit_limit(unsigned mult, std::size_t members) noexcept;

/// The rumours this node still passes on, each a limited number of times, the least told first
/// (SWIM section 4.1).
///
/// Bounded by the number of members: a member is the subject of one rumour, or of a few accusations
/// of one incarnation by different accusers, which confirm each other.
class rumour_queue {
public:
  /// Replaces what is older about the same member; ignored if something newer is queued.
  void push(const rumour&);
  /// Up to `count` rumours for one frame. Each counts as told once and is forgotten after `limit`
  /// times.
  std::vector<rumour> take(std::size_t count, unsigned limit);
  /// Nothing about this member is passed on any more.
  void forget(std::string_view name);

  bool empty() const noexcept {
    return items_.empty();
  }
  std::size_t size() const noexcept {
    return items_.size();
  }

private:
  static constexpr std::size_t accusations_max = 4;

  struct item {
    rumour content;
    unsigned told = 0;
  };

  std::vector<item> items_;  ///< in the order in which `take` picks
};

}  // namespace grapevine::cluster
