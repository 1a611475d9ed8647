#pragma once

#include "cluster/links/link_watch.hpp"
#include "cluster/node/link_handshakes.hpp"
#include "cluster/node/link_traffic.hpp"
#include "cluster/node/tunnel_links.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace grapevine::cluster {

/// The connections of a node as the links of its peers: lets others in, one link per peer, carries
/// bytes both ways, and finds out when a link is of no use. Direct connections and tunnels are the
/// same but for how their bytes travel.
///
/// Conducts and owns the parts that do so: `link_table` knows who is where, `link_handshakes` lets
/// others in, `link_traffic` writes and gives credit, `link_watch` finds links that are of no use,
/// `link_endings` ends links and peers, `tunnel_links` opens tunnels and takes those of others.
class peer_links {
public:
  peer_links(const core_settings&, random_source&, membership&, peer_streams&, channel_exchanges&,
             node_effects& out, link_observer&, time_point now);
  peer_links(const peer_links&) = delete;
  peer_links& operator=(const peer_links&) = delete;

  // -- connections

  void on_open(link_id, link_facts, time_point now);
  void on_bytes(link_id, std::string_view, time_point now);
  void on_closed(link_id, time_point now);
  std::vector<slice> next_write(link_id id, std::size_t budget, time_point now) {
    return traffic_.next_write(id, budget, now);
  }
  link_turn end_turn(link_id id, unsigned parts) {
    return traffic_.end_turn(id, parts);
  }
  void part_done(const link_turn& turn) {
    traffic_.part_done(turn);
  }
  /// As of `link_handshakes`.
  void stop_admitting() noexcept {
    handshakes_.stop_admitting();
  }
  bool admits() const noexcept {
    return handshakes_.admits();
  }

  // -- frames of a link's own; false for what no node sends

  bool on_relay(const connection& from, const relay_frame&, bool relays, time_point now);
  bool on_relay_end(const connection& from, const relay_end_frame&, time_point now);

  // -- the end of a link or a peer, as of `link_endings`

  void offend(connection& c, std::string_view what, time_point now) {
    endings_.offend(c, what, now);
  }
  void drop_link(epoch_t peer, bye_reason why, time_point now) {
    endings_.drop_link(peer, why, now);
  }
  void lose_link(epoch_t peer, bool said_bye, time_point now) {
    endings_.lose_link(peer, said_bye, now);
  }
  void drop_peer(epoch_t peer, roster_cause cause, time_point now) {
    endings_.drop_peer(peer, cause, now);
  }
  void on_left(epoch_t peer, time_point now) {
    endings_.on_left(peer, now);
  }

  // -- time

  void tick(time_point now);
  /// Says what tunnels that are closing still have to say.
  void finish_turn() {
    tunnel_links_.finish_turn();
  }

  const link_table& table() const noexcept {
    return table_;
  }
  void add_to(node_stats&) const;

private:
  void read(connection&, std::string_view bytes, time_point now);
  void note_bytes(const connection&, time_point now);
  void end_overdue(time_point now);
  void check(epoch_t, time_point now);
  link_signs signs_of(const peer&, time_point now) const;

  const core_settings& settings_;
  membership& membership_;
  peer_streams& streams_;
  link_observer& observer_;
  link_table table_;
  tunnel_carrier tunnels_;
  peer_register peers_;
  link_endings endings_;
  link_handshakes handshakes_;
  tunnel_links tunnel_links_;
  link_traffic traffic_;
  link_watch watch_;
};

}  // namespace grapevine::cluster
