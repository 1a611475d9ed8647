#pragma once

#include "cluster/node/node_effects.hpp"
#include "cluster/rosters/roster_view.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace grapevine::cluster::sim {

class node_run;
class nodes_oracle;

using socket_id = std::uint64_t;

/// One of the channels that all nodes of a simulation know.
struct channel_name {
  std::string app;
  std::string name;
  bool presence = false;
  bool cache = false;
  std::uint64_t key = 0;
};

/// What one subscriber was told.
struct told_subscriber {
  std::string user;
  time_point since{};
  std::set<std::string> members;          ///< its snapshot and the announcements since
  std::map<epoch_t, std::uint64_t> last;  ///< the newest event of each publishing node
};

/// A channel of one node as actors/channel_actor and actors/roster_actor together treat it: wanted
/// with its first subscriber, who waits until the cluster knows; whoever comes or goes meanwhile
/// waits behind him.
class channel_model {
public:
  channel_model(node_run& node, nodes_oracle& oracle, std::size_t place);

  void subscribe(socket_id, const std::string& user, const std::string& info);
  void unsubscribe(socket_id, bool moving);
  /// A server event, or with `user` a client's.
  void publish(std::uint64_t event, std::optional<socket_id> except,
               const std::optional<std::string>& user);

  void take(const channel_ready&);
  void take(const remote_event&);
  void take(const remote_roster&);

  std::size_t place() const noexcept {
    return place_;
  }
  const channel_name& name() const noexcept;
  /// Somebody is subscribed, and the cluster knows.
  bool ready() const noexcept {
    return cluster_knows_ && !subscribers_.empty();
  }
  bool wanted() const noexcept {
    return ticket_ != 0;
  }
  time_point wanted_since() const noexcept {
    return wanted_since_;
  }
  time_point idle_since() const noexcept {
    return idle_since_;
  }
  time_point ready_since() const noexcept {
    return ready_since_;
  }
  const std::map<socket_id, told_subscriber>& subscribers() const noexcept {
    return subscribers_;
  }
  /// Null unless members are kept.
  const roster_view* roster() const noexcept {
    return roster_ ? &*roster_ : nullptr;
  }
  const std::optional<cached_item>& cached() const noexcept {
    return cached_;
  }

private:
  struct arrival {
    socket_id socket;
    std::string user;
    std::string info;
  };
  struct departure {
    socket_id socket;
    bool moving;
  };
  using member_move = std::variant<arrival, departure>;

  bool waits(const member_move&);
  void handle(const arrival&);
  void handle(const departure&);
  void vacate();
  void announce(const roster_view::announcements&, socket_id except);
  void deliver(epoch_t publisher, std::uint64_t event, const std::string& except,
               const std::optional<std::string>& user);
  void keep(cached_item);
  roster_view& members();
  void arm();

  node_run& node_;
  nodes_oracle& oracle_;
  std::size_t place_;
  std::uint64_t ticket_ = 0;
  bool cluster_knows_ = false;
  time_point wanted_since_{};
  time_point idle_since_{};
  time_point ready_since_{};
  std::vector<member_move> waiting_;
  std::map<socket_id, told_subscriber> subscribers_;
  std::optional<roster_view> roster_;
  std::uint64_t roster_life_ = 0;
  std::optional<cached_item> cached_;
};

}  // namespace grapevine::cluster::sim
