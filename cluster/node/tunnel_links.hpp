#pragma once

#include "cluster/membership/membership.hpp"
#include "cluster/node/core_settings.hpp"
#include "cluster/node/link_endings.hpp"

namespace grapevine::cluster {

/// Tunnels as connections of this node, beside those of sockets: opens them to members it has no
/// link to, through members that may relay, and takes what others open. `tunnel_carrier` has their
/// bytes.
class tunnel_links {
public:
  tunnel_links(const core_settings&, const membership&, link_table&, tunnel_carrier&,
               link_endings&);

  void open_due(time_point now);

  /// What a relay frame has led to.
  struct arrival {
    bool fits = true;          ///< false for what no node sends
    connection* to = nullptr;  ///< the tunnel that its bytes are for
  };
  /// A frame on the link `from`. `relays`: this node may open ways for others; `admits`: it still
  /// lets others in.
  arrival on_relay(const connection& from, const relay_frame&, bool relays, bool admits,
                   time_point now);
  /// False for what no node sends.
  bool on_relay_end(const connection& from, const relay_end_frame&, time_point now);

  /// At the end of a call, when nobody holds a tunnel's connection any more: those that are closing
  /// say what they still have to say, and are gone.
  void finish_turn();

private:
  void add(const tunnel_carrier::tunnel&, time_point now);

  const core_settings& settings_;
  const membership& membership_;
  link_table& table_;
  tunnel_carrier& tunnels_;
  link_endings& endings_;
};

}  // namespace grapevine::cluster
