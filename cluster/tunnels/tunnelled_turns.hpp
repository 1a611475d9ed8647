#pragma once

#include "cluster/types.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace grapevine::cluster {

/// Credit for what peers say through tunnels: the shell knows no link but that of the relay, so
/// what came through tunnels in one of its turns is given back with that.
class tunnelled_turns {
public:
  /// Bytes of that peer came through a tunnel in this turn.
  void note(epoch_t peer) {
    heard_.insert(peer);
  }
  /// Ends the turn of everybody noted. `end_turn` ends a peer's, as `incoming_stream` does, and
  /// gives its number; nothing for one that is gone. Returns the number of them all; 0 if nobody
  /// will report.
  std::uint64_t end(unsigned parts,
                    const std::function<std::optional<std::uint64_t>(epoch_t peer)>& end_turn);
  /// One part has been processed: calls `part_done` for each peer of that turn.
  void part_done(std::uint64_t turn,
                 const std::function<void(epoch_t peer, std::uint64_t number)>& part_done);

private:
  struct turn {
    std::vector<std::pair<epoch_t, std::uint64_t>> of_peers;
    unsigned parts_left = 0;
  };

  std::set<epoch_t> heard_;
  std::map<std::uint64_t, turn> turns_;
  std::uint64_t last_ = 0;
};

}  // namespace grapevine::cluster
