#pragma once

#include "cluster/links/handshake.hpp"
#include "cluster/node/node_effects.hpp"
#include "cluster/tunnels/tunnel_relay.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// What `node_core` keeps by number; its own business.
namespace grapevine::cluster {

/// A connection whose bytes travel in relay frames over another peer's connection.
struct tunnel_place {
  epoch_t via = 0;
  tunnel_key key;
  bool over = false;  ///< the other end knows, or cannot be told any more
};

inline constexpr link_id tunnel_bit = link_id{1} << 63;
inline bool is_tunnel(link_id id) noexcept {
  return (id & tunnel_bit) != 0;
}

/// Relay frames that wait for a connection, written behind its own.
struct relay_queue {
  struct item {
    enum class kind : std::uint8_t {
      own,        ///< of a tunnel that ends here
      to_origin,  ///< for others, counted in the `tunnel_relay`
      to_target,
      end,
    };
    shared_bytes bytes;
    tunnel_key tunnel;
    kind what = kind::end;
  };
  std::deque<item> items;
  std::size_t own_bytes = 0;
};

/// A connection from its first byte on; `peer` is 0 until the other side has proved itself, and
/// again when a second connection has taken its place.
struct connection {
  link_id id = 0;
  handshake shake;
  std::string address;
  std::vector<std::string> certificate_names;
  bool secure = false;
  bool dialled = false;
  epoch_t expected = 0;
  time_point opened{};
  epoch_t peer = 0;
  bool admitted = false;             ///< it has been a peer's link
  bool closing = false;              ///< nothing that still arrives counts
  std::string rest;                  ///< an incomplete frame
  std::deque<shared_bytes> waiting;  ///< frames outside of any session, written first
  std::optional<tunnel_place> tunnel;
  relay_queue relayed;  ///< of a direct link
};

/// What one read brought through tunnels; as `link_turn`, reported with that of the relay.
struct tunnelled_turn {
  std::vector<link_turn> turns;
  unsigned parts_left = 0;
};

}  // namespace grapevine::cluster
