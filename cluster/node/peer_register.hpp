#pragma once

#include "cluster/links/link_table.hpp"
#include "cluster/node/channel_exchanges.hpp"
#include "cluster/random.hpp"
#include "cluster/streams/peer_streams.hpp"

namespace grapevine::cluster {

/// Keeps the three that know peers in step: the table of links, the streams, and what nodes tell
/// each other of channels.
///
///     first link --enter--> here --retire--> gone --erase--> not known
///
/// Between `retire` and `erase` nothing of the peer counts any more, and only its link may still be
/// there, for a goodbye.
class peer_register {
public:
  peer_register(link_table&, peer_streams&, channel_exchanges&, random_source&);

  /// The peer, new or known. One that was taken for dead goes on where its stream was.
  peer& enter(const node_info&);
  /// `ago`: since when it counts as gone. What has arrived of a peer that died is remembered.
  void retire(peer&, roster_cause, duration ago, time_point now);
  void erase(epoch_t);

private:
  void remember(epoch_t, time_point now);

  link_table& table_;
  peer_streams& streams_;
  channel_exchanges& channels_;
  random_source& random_;
};

}  // namespace grapevine::cluster
