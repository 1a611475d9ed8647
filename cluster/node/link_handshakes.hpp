#pragma once

#include "cluster/node/core_settings.hpp"
#include "cluster/node/link_endings.hpp"

namespace grapevine::cluster {

/// Lets others in: carries a connection's handshake on, and makes the connection its peer's link or
/// ends it, as `judge` decides.
class link_handshakes {
public:
  link_handshakes(const core_settings&, membership&, peer_streams&, channel_exchanges&, link_table&,
                  tunnel_carrier&, peer_register&, link_endings&, node_effects& out,
                  link_observer&);

  /// A frame on a connection that is no link yet.
  void on_frame(connection&, const frame&, time_point now);
  /// This node has said goodbye: nobody is let in any more.
  void stop_admitting() noexcept {
    admits_ = false;
  }
  bool admits() const noexcept {
    return admits_;
  }

private:
  void on_proved(connection&, const node_info&, bool peer_has_link, time_point now);
  void attach(connection&, const node_info&, time_point now);
  bool has_link_to(const connection&) const;

  const core_settings& settings_;
  membership& membership_;
  peer_streams& streams_;
  channel_exchanges& channels_;
  link_table& table_;
  tunnel_carrier& tunnels_;
  peer_register& peers_;
  link_endings& endings_;
  node_effects& out_;
  link_observer& observer_;
  bool admits_ = true;
};

}  // namespace grapevine::cluster
