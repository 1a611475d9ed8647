#pragma once

#include "cluster/types.hpp"
#include "cluster/wire/frame_sink.hpp"
#include "cluster/wire/frames.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace grapevine::cluster {

/// Of one node, in a frame or a call; what is beyond is left out.
inline constexpr std::size_t bridges_max = 64;

/// What this node has to do with what one of its bridges hears. Meaningless while it hears nothing.
struct bridge_duty {
  bool leads = false;          ///< it is the one of all nodes that hear the same
  bool covers_others = false;  ///< it gives it to nodes that do not hear it
  std::uint64_t hands_on = 0;  ///< bit i: it is the one that takes it to its own bridge i
  bool operator==(const bridge_duty&) const = default;
};

/// One for each bridge of this node, in the order of `bridge_exchange::report`.
struct bridge_duties {
  std::vector<bridge_duty> duties;
  bool operator==(const bridge_duties&) const = default;
};

/// Who of the cluster does what for bridges whose other side gives every node a copy of its own, as
/// Redis pub/sub does (docs/cluster.md, "Bridges"). Every node delivers its copy to its own
/// clients. A node without a copy, because it has no such bridge or the bridge is away, is given
/// the event by one of those that have one; rendezvous hashing says by which, so that nobody is
/// elected and nodes that know the same agree. While that knowledge changes, for about the time of
/// one round trip, an event may reach a node twice or not at all.
class bridge_exchange {
public:
  bridge_exchange(std::string_view own_name, frame_sink& to_peers);

  // -- this node

  /// All bridges of this node, whenever one of them changes. `bridge_role::acts` is added here to
  /// whatever hears.
  void report(std::vector<bridge_report> own);
  /// This node goes away: others act from now on, while its own bridges still serve its own
  /// clients.
  void begin_leaving();

  // -- peers

  void add_peer(epoch_t, std::string_view name);
  void drop_peer(epoch_t);
  /// Says everything to a peer that knows nothing.
  void start(epoch_t to);
  void on_frame(epoch_t from, const bridges_frame&);

  // -- what follows from it

  /// True when what came in through the bridge `id` has to be given to the peer by this node. A
  /// peer that has not said yet which bridges it has is given nothing.
  bool covers(std::uint64_t id, epoch_t peer) const;
  /// The duties, if they are others than the last time.
  std::optional<bridge_duties> take_duties();

private:
  using roles_by_id = std::map<std::uint64_t, std::uint8_t>;
  struct node {
    std::uint64_t name_hash = 0;
    std::optional<roles_by_id> roles;  ///< absent until it has said them
  };

  static std::uint8_t roles_of(const node&, std::uint64_t id);
  template <class Eligible>
  bool chosen(std::uint64_t key, const Eligible&) const;
  void tell_all();
  void update();
  bridge_duty duty_of(std::uint64_t id) const;

  frame_sink& to_peers_;
  std::vector<bridge_report> reported_;  ///< by the order of the caller
  node own_;
  bool leaving_ = false;
  std::map<epoch_t, node> peers_;
  std::map<std::uint64_t, std::vector<epoch_t>> covered_;  ///< by id: sorted
  bridge_duties duties_;
  bool changed_ = false;
};

}  // namespace grapevine::cluster
