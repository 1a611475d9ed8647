#pragma once

#include "cluster/membership/membership.hpp"
#include "cluster/node/link_observer.hpp"
#include "cluster/node/node_effects.hpp"
#include "cluster/node/peer_register.hpp"
#include "cluster/tunnels/tunnel_carrier.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace grapevine::cluster {

/// The end of connections, links and peers, whoever wants it, and what ends with them: the tunnels
/// over a direct link, the wait for a peer's acknowledgements. Membership hears of it last.
class link_endings {
public:
  link_endings(membership&, peer_streams&, channel_exchanges&, link_table&, tunnel_carrier&,
               peer_register&, node_effects& out, link_observer&);

  // -- connections

  /// What is still waiting leaves before the shell closes the connection.
  void shut(link_id);
  /// Shuts one that does not become a link.
  void refuse(const connection&);
  /// Costs the other side its connection; three times in a minute, and its address is refused for a
  /// while.
  void offend(connection&, std::string_view what, time_point now);
  /// The other end of a tunnel or its relay has ended it, or the relay cannot be reached any more.
  void end_tunnel(link_id, time_point now);

  // -- links

  /// Says goodbye to the peer and closes its link, if it has one.
  void drop_link(epoch_t, bye_reason, time_point now);
  /// `said_bye`: in words, so nothing is wrong with it. `how`: for the log; empty: by that.
  void lose_link(epoch_t, bool said_bye, time_point now, std::string how = {});
  /// Another connection is about to take the place of the peer's link.
  void give_way(epoch_t, bool to_tunnel, time_point now);

  // -- peers

  /// The peer is dead, or superseded by a newer run of its name.
  void drop_peer(epoch_t, roster_cause, time_point now);
  /// The peer has said goodbye: nothing of it counts any more, and the link stays for an answer.
  void on_left(epoch_t, time_point now);

  /// Connections that did not become a link.
  std::uint64_t refused() const noexcept {
    return refused_;
  }

private:
  link_id unlink(peer&);
  void end_relaying(epoch_t peer, link_id lost, time_point now);

  membership& membership_;
  peer_streams& streams_;
  channel_exchanges& channels_;
  link_table& table_;
  tunnel_carrier& tunnels_;
  peer_register& peers_;
  node_effects& out_;
  link_observer& observer_;
  std::uint64_t refused_ = 0;
};

}  // namespace grapevine::cluster
