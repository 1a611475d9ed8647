#pragma once

#include "cluster/tunnels/tunnel_planner.hpp"

#include <array>
#include <cstddef>
#include <utility>
#include <vector>

namespace grapevine::cluster {

/// What a relay knows of the tunnels through it: which are open, and how much of each is waiting to
/// be written. One per (origin, target): a newer path takes the place of the older.
class tunnel_relay {
public:
  /// The most that may wait in one direction of one tunnel, and in all of them together.
  tunnel_relay(std::size_t each_max, std::size_t all_max) noexcept
      : each_max_{each_max}, all_max_{all_max} {}

  enum class verdict : std::uint8_t {
    forward,   ///< counted as waiting
    opened,    ///< the same, and it is the first of a tunnel
    ignored,   ///< of a tunnel that is over, or that nobody opened
    refused,   ///< it would open a tunnel, and may not
    overflow,  ///< too much is waiting: the tunnel is over
  };
  /// `outward`: from the origin to the target. `may_open` is asked of the first bytes only.
  verdict on_bytes(const tunnel_key&, bool outward, std::size_t bytes, bool may_open);
  /// That much has left a queue, written or thrown away.
  void left_queue(const tunnel_key&, bool outward, std::size_t bytes) noexcept;
  /// False if it was not open. What is waiting still counts.
  bool end(const tunnel_key&) noexcept;
  /// The link to that node is gone, and with it every tunnel that begins or ends there; returns
  /// those that were open.
  std::vector<tunnel_key> lose(epoch_t peer);

  // -- for tests of its bounds

  std::size_t waiting() const noexcept {
    return all_waiting_;
  }
  /// Pairs of nodes that are known, open or not.
  std::size_t size() const noexcept {
    return pairs_.size();
  }

private:
  struct pair {
    std::uint64_t path = 0;
    bool open = false;
    std::array<std::size_t, 2> waiting{};  ///< to the origin, to the target
  };
  pair* find(const tunnel_key&) noexcept;

  std::size_t each_max_;
  std::size_t all_max_;
  std::size_t all_waiting_ = 0;
  std::map<std::pair<epoch_t, epoch_t>, pair> pairs_;
};

}  // namespace grapevine::cluster
