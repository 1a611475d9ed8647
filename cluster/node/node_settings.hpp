#pragma once

#include "cluster/cache/cache_exchange.hpp"
#include "cluster/links/handshake.hpp"
#include "cluster/membership/membership_settings.hpp"
#include "cluster/streams/session.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace grapevine::cluster {

/// What a `node_core` is told at its start.
struct node_settings {
  node_info self;
  handshake_settings admission;
  /// With TLS a peer's certificate must be for its own name or match one of these, where a leading
  /// "*." stands for any first label.
  std::vector<std::string> allowed_names;
  membership_settings membership;
  session_settings session;
  std::vector<std::string> apps;  ///< ids; an app's place is its number in every call and effect
  bool ack_subscribes = true;     ///< `subscribe_ack = "cluster"`; presence channels wait anyway
  duration subscribe_ack_timeout = std::chrono::milliseconds{100};
  duration interest_linger = std::chrono::seconds{2};
  duration query_timeout = std::chrono::seconds{1};
  duration handshake_timeout = std::chrono::seconds{3};
  /// Random, from a source nobody can predict: the nonces of tunnels are made of it.
  std::array<std::uint8_t, 32> tunnel_seed{};
  std::size_t relay_total = 64u << 20;  ///< the most that waits here on behalf of others
  cache_settings cache;
};

}  // namespace grapevine::cluster
