#pragma once

#include "cluster/cache/cache_exchange.hpp"
#include "cluster/links/handshake.hpp"
#include "cluster/membership/membership_settings.hpp"
#include "cluster/streams/peer_session.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace grapevine::cluster {

/// What a `node_core` is told at its start.
struct core_settings {
  node_info self;
  handshake_settings admission;
  /// With TLS a peer's certificate must be for its own name or match one of these, where a leading
  /// "*." stands for any first label.
  std::vector<std::string> allowed_names;
  membership_settings membership;
  peer_session_settings session;
  std::vector<std::string> apps;  ///< ids; an app's place is its number in every call and effect
  /// Whether a first subscriber waits until the peers have acknowledged that this node wants the
  /// channel (`subscribe_ack = "cluster"`): then nothing that is published elsewhere afterwards is
  /// missed. Without, he is let in a round trip sooner. Presence channels wait anyway.
  bool ack_subscribes = true;
  /// How long at most. More covers slower peers; less lets subscribers in sooner while a peer
  /// hangs.
  duration subscribe_ack_timeout = std::chrono::milliseconds{100};
  /// How long a channel stays wanted after its last subscriber. More makes a page reload free for
  /// everybody; less stops events that nobody reads sooner.
  duration interest_linger = std::chrono::seconds{2};
  /// How long the answers of others are waited for. More gives fuller answers; less gives sooner
  /// ones that name who is missing.
  duration query_timeout = std::chrono::seconds{1};
  /// How long a connection may take to prove itself. More lets strangers hold places longer; less
  /// turns away nodes that are far off or loaded.
  duration handshake_timeout = std::chrono::seconds{3};
  /// Random, from a source nobody can predict: the nonces of tunnels are made of it.
  std::array<std::uint8_t, 32> tunnel_seed{};
  /// The most bytes that wait here on behalf of others. More carries more of them through a slow
  /// link; less ends their tunnels sooner, which they then open through somebody else.
  std::size_t relay_total = 64u << 20;
  cache_settings cache;
};

}  // namespace grapevine::cluster
