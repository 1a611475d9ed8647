#pragma once

#include "cluster/types.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace grapevine::cluster {

/// Which node acts for a channel where one of the cluster must: rendezvous hashing (Thaler &
/// Ravishankar 1998) over node names, so that a restart gives the same owner back and a change of
/// members moves only the keys that have to move (cluster.md section 8).
class cache_placement {
public:
  struct candidate {
    std::string name;
    epoch_t epoch = 0;
  };
  /// Those that may own: alive or suspect, ready and not leaving, this node included if so. After a
  /// change nobody acts as a *new* owner before `settle` has passed.
  explicit cache_placement(duration settle = std::chrono::seconds{1}) noexcept;
  /// In any order; of several epochs of one name the highest counts. The same candidates again are
  /// no change: false.
  bool set_candidates(std::vector<candidate>, time_point now);

  /// The epoch ranked `rank` (0 or 1) for the key, 0 if there are not so many.
  epoch_t at(std::uint64_t key, unsigned rank) const;
  /// True when `self` is rank 0 and may act: it was so when the candidates were last settled, or
  /// they are again.
  bool acts(std::uint64_t key, epoch_t self, time_point now) const;
  /// True when the candidates before the last change gave the key other owners (ranks 0 and 1). The
  /// restarted owner is another one: it has to be told everything again.
  bool moved(std::uint64_t key) const;

private:
  struct ranked {
    epoch_t epoch = 0;
    std::uint64_t name_hash = 0;
    bool operator==(const ranked&) const = default;
  };
  using candidates = std::vector<ranked>;
  static std::array<epoch_t, 2> first_two(const candidates&, std::uint64_t key);
  bool settled(time_point now) const;

  duration settle_;
  time_point changed_at_{};
  candidates current_;   ///< ordered by name
  candidates previous_;  ///< before the last change
  candidates settled_;   ///< the last that stood for `settle_` before they changed
};

}  // namespace grapevine::cluster
