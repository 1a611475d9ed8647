#pragma once

#include "cluster/links/banned_addresses.hpp"
#include "cluster/links/connection.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace grapevine::cluster {

/// Another node, alive or suspect, linked or between two links.
struct peer {
  node_info info;
  link_id link = 0;   ///< 0: none
  bool gone = false;  ///< it has left; only the link is still there, for its goodbye
  bool dialled_by_us = false;
  time_point linked_at{};
  time_point last_bytes{};  ///< by whatever way its bytes came
  time_point stall_told{};  ///< when membership was last told that the link takes nothing
};

/// How much of a dead peer's stream has arrived, should it turn out to be alive after all.
struct stream_receipt {
  std::uint64_t stream = 0;
  std::uint64_t received = 0;
  std::map<std::uint16_t, std::uint32_t> apps;  ///< its number -> place on this node
};

/// The connections of a node by number, and its peers with the link that each has: at most one, of
/// however many connections. Knows who is where; what that means is decided elsewhere.
class link_table {
public:
  // -- connections

  connection& add(connection);
  connection* find(link_id);
  const connection* find(link_id) const;
  void erase(link_id);
  /// Connections of sockets that others have opened and not proved themselves on.
  std::size_t strangers() const;
  /// Those that nobody has proved himself on for so long, a tunnel or a socket.
  std::vector<link_id> overdue(duration socket_max, duration tunnel_max, time_point now) const;

  // -- peers

  peer& add_peer(const node_info&);
  peer* find_peer(epoch_t);
  const peer* find_peer(epoch_t) const;
  void erase_peer(epoch_t);
  const std::map<epoch_t, peer>& peers() const noexcept {
    return peers_;
  }
  std::vector<epoch_t> epochs() const;
  /// Null without a link.
  connection* link_of(epoch_t);
  const connection* link_of(epoch_t) const;
  bool any_linked() const;

  /// The connection becomes the link of the peer that has proved itself on it.
  void attach(connection&, peer&, const node_info&, time_point now);
  /// The peer has no link any more. Returns what was.
  link_id detach(peer&);

  // -- those who were here

  /// Kept for ten minutes, longer than most partitions that end at all.
  void remember(epoch_t, stream_receipt, time_point now);
  std::optional<stream_receipt> recall(epoch_t);
  void forget_old(time_point now);

  banned_addresses& banned() noexcept {
    return banned_;
  }
  const banned_addresses& banned() const noexcept {
    return banned_;
  }

private:
  struct kept_receipt {
    stream_receipt receipt;
    time_point until{};
  };

  std::map<link_id, connection> connections_;
  std::map<epoch_t, peer> peers_;
  std::map<epoch_t, kept_receipt> receipts_;
  banned_addresses banned_;
};

}  // namespace grapevine::cluster
