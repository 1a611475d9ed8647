#pragma once

#include "cluster/types.hpp"

#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

namespace grapevine::cluster {

/// A tunnel as its two ends and the relay between them know it.
struct tunnel_key {
  epoch_t origin = 0;  ///< who opened it
  epoch_t target = 0;
  std::uint64_t path = 0;  ///< grows with each that `origin` opens
  auto operator<=>(const tunnel_key&) const = default;
};

/// When to reach a peer through another node, and through which: the first in rendezvous order
/// (Thaler & Ravishankar 1998) over the pair, so that many broken pairs are spread over many
/// relays; whoever could not is skipped until all have been tried.
class tunnel_planner {
public:
  /// How long a peer has no link before the lower epoch opens a tunnel; the higher waits twice
  /// that.
  static constexpr duration delay = std::chrono::seconds{1};
  /// The same for either end when its link is known to be of no use; of two tunnels one stays.
  static constexpr duration delay_again = std::chrono::milliseconds{200};
  /// Between two rounds through all relays.
  static constexpr duration round = std::chrono::seconds{2};

  struct opening {
    epoch_t target = 0;
    epoch_t via = 0;
    std::uint64_t path = 0;
  };
  /// What to open now. `unlinked`: all peers that live and have no link of any kind; `relays`:
  /// those with a direct link that may serve. A peer that is opened counts as being tried until
  /// `failed`, or until it is missing in `unlinked`.
  std::vector<opening> due(epoch_t self, std::span<const epoch_t> unlinked,
                           std::span<const epoch_t> relays, time_point now);
  /// The tunnel to `target` through `via` did not come about.
  void failed(epoch_t target, epoch_t via);
  /// The link to `peer` was lost and is not likely to be back at once: a tunnel through `via`, or
  /// (0) one that was given up.
  void lost(epoch_t peer, epoch_t via, time_point now);

private:
  struct attempt {
    time_point due{};
    std::set<epoch_t> tried;
    time_point round_began{};
    bool open = false;
  };
  std::optional<epoch_t> choose(epoch_t self, epoch_t target, std::span<const epoch_t> relays,
                                const std::set<epoch_t>& tried) const;

  std::map<epoch_t, attempt> attempts_;
  std::uint64_t paths_ = 0;
};

}  // namespace grapevine::cluster
