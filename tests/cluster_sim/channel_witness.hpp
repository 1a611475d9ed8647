#pragma once

#include "channels/channel_effects.hpp"
#include "channels/roster_view.hpp"
#include "cluster/types.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace grapevine::cluster::sim {

class node_run;
class nodes_oracle;
class sim_channel;

using channels::roster_view;
using socket_id = std::uint64_t;

/// What one subscriber was told.
struct told_subscriber {
  std::string user;
  time_point since{};
  std::set<std::string> members;          ///< its snapshot and the announcements since
  std::map<epoch_t, std::uint64_t> last;  ///< the newest event of each publishing node
};

/// What an event of the simulation carries: its number, and who published it.
std::string event_data(std::uint64_t event, epoch_t publisher);
std::uint64_t number_of(std::string_view data);
/// Sockets of all nodes are numbered together.
protocol::socket_id to_protocol(socket_id);

/// Reads what one channel of one node sends to its clients, as they do, keeps what each of them was
/// told, and passes it on to the oracle.
class channel_witness {
public:
  channel_witness(node_run&, nodes_oracle&, sim_channel&);

  // -- what clients do

  void on_subscribe(socket_id, const std::string& user);
  void on_unsubscribe(socket_id, bool moving);

  // -- what they are told

  void on(const channels::let_in&);
  void on(const channels::refuse&);
  void on(const channels::deliver&);

  const std::map<socket_id, told_subscriber>& subscribers() const noexcept {
    return subscribers_;
  }

private:
  /// Who has no answer yet.
  struct pending_subscriber {
    std::string user;
    std::optional<bool> gone;  ///< he has left before the answer: whether he is moving
  };

  void announce(bool added, const std::string& user, protocol::socket_id except);
  void go(socket_id, bool moving);

  node_run& node_;
  nodes_oracle& oracle_;
  sim_channel& channel_;
  std::map<socket_id, pending_subscriber> pending_;
  std::map<socket_id, told_subscriber> subscribers_;
};

}  // namespace grapevine::cluster::sim
