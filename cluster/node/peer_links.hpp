#pragma once

#include "cluster/links/link_table.hpp"
#include "cluster/membership/membership.hpp"
#include "cluster/node/channel_exchanges.hpp"
#include "cluster/node/core_settings.hpp"
#include "cluster/node/node_effects.hpp"
#include "cluster/tunnels/tunnel_carrier.hpp"
#include "cluster/tunnels/tunnelled_turns.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace grapevine::cluster {

/// How a connection came about and what it proves by itself.
struct link_facts {
  bool dialled = false;
  epoch_t expected = 0;                        ///< as in the `dial` effect
  std::string address;                         ///< numeric host of the other end
  std::string tls_binding;                     ///< empty without TLS
  std::vector<std::string> certificate_names;  ///< of the verified certificate, with TLS
  handshake::nonce nonce{};
};

/// The connections of a node as the links of its peers: lets others in, one link per peer, carries
/// bytes both ways, and finds out when a link is of no use. Direct connections and tunnels are the
/// same but for how their bytes travel.
///
/// A peer is here, in the streams and in the channel exchanges from its first link until it is dead
/// or has left.
class peer_links {
public:
  /// Who hears of it; called in the middle of the calls below.
  class observer {
  public:
    /// Membership has drawn conclusions from what became of a link.
    virtual void perform(membership_effects, time_point now) = 0;
    /// False when the connection is of no more use.
    virtual bool on_frame(connection&, const frame_view&, const frame&, time_point now) = 0;

  protected:
    ~observer() = default;
  };

  peer_links(const core_settings&, random_source&, membership&, peer_streams&, channel_exchanges&,
             node_effects& out, observer&, time_point now);

  // -- connections

  void on_open(link_id, link_facts, time_point now);
  void on_bytes(link_id, std::string_view, time_point now);
  void on_closed(link_id, time_point now);
  std::vector<slice> next_write(link_id, std::size_t budget, time_point now);
  link_turn end_turn(link_id, unsigned parts);
  void part_done(const link_turn&);
  /// This node has said goodbye: nobody is let in any more.
  void stop_admitting() noexcept {
    admits_ = false;
  }
  bool admits() const noexcept {
    return admits_;
  }

  // -- frames of a link's own

  bool on_relay(const connection& from, const relay_frame&, bool relays, time_point now);
  bool on_relay_end(const connection& from, const relay_end_frame&, time_point now);
  /// Costs the other side its connection; three times in a minute, and its address is refused for a
  /// while.
  void offend(connection&, std::string_view what, time_point now);

  // -- peers

  /// Says goodbye to the peer and closes its link, if it has one.
  void drop_link(epoch_t, bye_reason, time_point now);
  /// `said_bye`: in words, so nothing is wrong with it. `how`: for the log; empty: by that.
  void lose_link(epoch_t, bool said_bye, time_point now, std::string how = {});
  /// The peer is dead, or superseded by a newer run of its name.
  void drop_peer(epoch_t, roster_cause, time_point now);
  /// The peer has said goodbye: nothing of it counts any more, and the link stays for an answer.
  void on_left(epoch_t, time_point now);

  // -- time

  void tick(time_point now);
  /// Says what tunnels that are closing still have to say.
  void finish_turn();

  const link_table& table() const noexcept {
    return table_;
  }
  void add_to(node_stats&) const;

private:
  void open(link_id, link_facts, epoch_t via, time_point now);
  void open_tunnels(time_point now);
  void add_tunnel(const tunnel_carrier::tunnel&, time_point now);
  void read(connection&, std::string_view bytes, time_point now);
  std::size_t take_own(connection&, std::size_t budget, time_point now, std::vector<slice>&);
  void on_handshake_frame(connection&, const frame&, time_point now);
  void on_proved(connection&, const node_info&, bool peer_has_link, time_point now);
  void attach(connection&, const node_info&, time_point now);
  peer& open_peer(const node_info&);
  void erase_peer(epoch_t);
  void forget_peer(peer&, roster_cause, duration ago);
  void shut(link_id);
  void end_relaying(epoch_t peer, link_id lost, time_point now);
  void end_tunnel(link_id, time_point now);
  void check(epoch_t, time_point now);
  bool passes_nothing(const peer&, time_point now) const;

  const core_settings& settings_;
  random_source& random_;
  membership& membership_;
  peer_streams& streams_;
  channel_exchanges& channels_;
  node_effects& out_;
  observer& observer_;
  link_table table_;
  tunnel_carrier tunnels_;
  tunnelled_turns turns_;
  time_point last_tick_;
  time_point trusted_until_{};  ///< after an own pause: no link is given up before
  bool admits_ = true;
  std::uint64_t refused_ = 0;
  std::uint64_t bytes_sent_ = 0;
  std::uint64_t bytes_received_ = 0;
};

}  // namespace grapevine::cluster
