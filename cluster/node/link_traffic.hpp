#pragma once

#include "cluster/links/link_table.hpp"
#include "cluster/streams/peer_streams.hpp"
#include "cluster/tunnels/tunnel_carrier.hpp"
#include "cluster/tunnels/tunnelled_turns.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace grapevine::cluster {

/// What leaves over links, and the credit for what has come: those who end here and what is carried
/// for others share a link half and half while both have something to say.
class link_traffic {
public:
  link_traffic(link_table&, peer_streams&, tunnel_carrier&);

  // -- out

  /// What to write next to a socket, about `budget` bytes; empty: nothing.
  std::vector<slice> next_write(link_id, std::size_t budget, time_point now);

  // -- credit for what came in

  /// So much came from a socket.
  void note_received(std::size_t bytes) noexcept {
    bytes_received_ += bytes;
  }
  /// Bytes of that peer came through a tunnel.
  void note_tunnelled(epoch_t peer) {
    turns_.note(peer);
  }
  link_turn end_turn(link_id, unsigned parts);
  void part_done(const link_turn&);

  std::uint64_t bytes_sent() const noexcept {
    return bytes_sent_;
  }
  std::uint64_t bytes_received() const noexcept {
    return bytes_received_;
  }

private:
  std::size_t take_own(connection&, std::size_t budget, time_point now, std::vector<slice>&);

  link_table& table_;
  peer_streams& streams_;
  tunnel_carrier& tunnels_;
  tunnelled_turns turns_;
  std::uint64_t bytes_sent_ = 0;
  std::uint64_t bytes_received_ = 0;
};

}  // namespace grapevine::cluster
