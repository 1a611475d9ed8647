#pragma once

#include "cluster/streams/segment.hpp"
#include "cluster/tunnels/tunnel_planner.hpp"
#include "cluster/tunnels/tunnel_relay.hpp"
#include "cluster/wire/frames.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace grapevine::cluster {

/// Numbers of connections that are tunnels: those of the shell have the top bit clear.
inline constexpr link_id tunnel_bit = link_id{1} << 63;
inline bool is_tunnel(link_id id) noexcept {
  return (id & tunnel_bit) != 0;
}

/// Carries connections whose bytes travel in relay frames over a direct link to a third node
/// (cluster.md section 2): decides when to open one, wraps and unwraps, and relays for two others
/// that cannot link. One hop, never two: what comes from one direct link goes to another.
///
/// What a tunnel's bytes mean is the caller's: to it a tunnel is a connection by number. A direct
/// link is named by its peer.
class tunnel_carrier {
public:
  /// Bounds of what waits here for others: in one direction of one tunnel, and in all together.
  tunnel_carrier(std::size_t relayed_each_max, std::size_t relayed_all_max) noexcept;

  /// A tunnel that begins or ends here.
  struct tunnel {
    link_id id = 0;
    epoch_t via = 0;
    tunnel_key key;
    bool dialled = false;  ///< by this node
    bool proved = false;   ///< its other end has proved itself
    bool closing = false;
    bool over = false;  ///< the other end knows, or cannot be told any more
    /// The node at its other end.
    epoch_t peer() const noexcept {
      return dialled ? key.target : key.origin;
    }
  };

  // -- direct links

  void on_direct_link(epoch_t peer);
  /// That link is gone: so is everything that went over it. Returns the tunnels that did.
  std::vector<link_id> on_direct_lost(epoch_t peer);

  // -- tunnels of this node

  /// As `tunnel_planner::due`.
  std::vector<tunnel> open_due(epoch_t self, std::span<const epoch_t> unlinked,
                               std::span<const epoch_t> relays, time_point now);
  void on_proved(link_id);
  /// The peer's link, direct (`via` 0) or a tunnel, is of no more use.
  void on_lost(epoch_t peer, epoch_t via, time_point now);
  /// Nothing but `finish` follows.
  void close(link_id);
  /// Those closed since the last call, in order.
  std::vector<link_id> take_closing();
  /// Sends a tunnel's last bytes and its end, and forgets it.
  void finish(link_id, std::string_view last);

  // -- what arrives on the direct link to `from`

  struct local_facts {
    epoch_t self = 0;
    bool relays = false;   ///< this node may open ways for others
    bool accepts = false;  ///< a tunnel from this `origin` is welcome
  };
  struct outcome {
    bool fits = true;                ///< false: no node sends that
    std::optional<tunnel> accepted;  ///< a new one
    std::vector<link_id> replaced;   ///< tunnels that have to be shut
    link_id to = 0;                  ///< the tunnel that the bytes or the end are for; 0: none
  };
  outcome on_relay(epoch_t from, const relay_frame&, const local_facts&);
  outcome on_relay_end(epoch_t from, const relay_end_frame&, epoch_t self);

  // -- what leaves over the direct link to a peer

  /// Takes up to so many bytes of what a tunnel has to say; empty: nothing.
  using take_bytes = std::function<std::string(link_id, std::size_t budget)>;
  /// Moves what the tunnels over that link have to say into its queue.
  void fill(epoch_t via, const take_bytes&);
  bool waiting(epoch_t via) const;
  /// Appends what is carried for others and for tunnels that end here, in the order in which it
  /// came, about `budget` bytes. Returns how many.
  std::size_t take(epoch_t via, std::size_t budget, std::vector<slice>&);

  std::uint64_t relayed_bytes() const noexcept {
    return relayed_bytes_;
  }
  std::uint64_t opened() const noexcept {
    return opened_;
  }

private:
  /// Relay frames that wait for a direct link, written behind what that says itself.
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
  struct queue {
    std::deque<item> items;
    std::size_t own_bytes = 0;
  };

  queue* find_queue(epoch_t peer);
  tunnel* find(epoch_t via, const tunnel_key&);
  const tunnel& add(epoch_t via, const tunnel_key&, bool dialled);
  void accept(epoch_t from, const tunnel_key&, const local_facts&, outcome&);
  void forward(epoch_t from, const relay_frame&, bool relays);
  void carry(queue&, const tunnel_key&, std::string_view bytes);
  static void tell_end(queue&, const tunnel_key&, relay_end_reason);
  void withdraw(epoch_t from_queue_of, const tunnel_key&, bool all_others);

  tunnel_planner planner_;
  tunnel_relay relay_;
  std::map<link_id, tunnel> tunnels_;
  std::map<epoch_t, queue> queues_;                                   ///< of direct links, by peer
  std::map<std::pair<epoch_t, epoch_t>, std::uint64_t> paths_heard_;  ///< by {via, origin}
  std::vector<link_id> closing_;
  std::uint64_t last_number_ = 0;
  std::uint64_t relayed_bytes_ = 0;
  std::uint64_t opened_ = 0;
};

}  // namespace grapevine::cluster
