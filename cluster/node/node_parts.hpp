#pragma once

#include "cluster/links/handshake.hpp"
#include "cluster/node/node_effects.hpp"
#include "cluster/rosters/roster_replica.hpp"
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

/// A presence channel that somebody on this node is in or wants.
struct presence_channel {
  channel_ref channel;
  std::uint64_t key = 0;
  roster_replica roster;
  std::uint64_t awaited = 0;  ///< the version of our interest log in which it was wanted; 0: is not
};

/// A channel whose first subscriber waits for the cluster to know.
struct pending_channel {
  channel_ref channel;
  std::uint64_t key = 0;
  bool presence = false;
  bool cache = false;
  bool acknowledged = false;       ///< the barrier has let it through
  std::set<epoch_t> owners_asked;  ///< for the cached event
  time_point patience{};           ///< how long they are waited for
};

/// Somebody wants to know what a cache channel holds.
struct cache_look_up {
  channel_ref channel;
  std::uint64_t key = 0;
  std::set<epoch_t> owners_asked;
  time_point patience{};
};

/// A question of this node that others work on.
struct asked_question {
  std::uint64_t id = 0;                  ///< the caller's
  std::vector<std::string> unreachable;  ///< nodes that could not be asked
  std::map<epoch_t, std::string> asked;  ///< with the names they had then
};

}  // namespace grapevine::cluster
