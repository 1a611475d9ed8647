#pragma once

#include "cluster/types.hpp"

#include <vector>

namespace grapevine::cluster {

/// The probes this node makes on behalf of others (SWIM's indirect probes, Lifeguard's nacks). A
/// requester is told `ack` when the target gives a sign of life, `nack` when it has not for a
/// while; an ack may still follow a nack.
class indirect_probes {
public:
  struct answer {
    epoch_t requester;
    std::uint64_t nonce;
  };

  /// False when too many are open; then the requester gets its nack at once.
  bool open(epoch_t requester, std::uint64_t nonce, epoch_t target, time_point now);
  /// Bytes came from `target`: those who asked for it are to be acked.
  std::vector<answer> heard(epoch_t target);
  /// Those to be nacked now. Forgets what is older than `keep`.
  std::vector<answer> overdue(time_point now, duration deadline, duration keep);
  void postpone(duration by) noexcept;

private:
  static constexpr std::size_t open_max = 256;

  struct request {
    answer who;
    epoch_t target;
    time_point since;
    bool nacked = false;
  };

  std::vector<request> requests_;
};

}  // namespace grapevine::cluster
