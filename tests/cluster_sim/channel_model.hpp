#pragma once

#include "channels/channel_core.hpp"
#include "channels/roster_core.hpp"
#include "channels/roster_view.hpp"
#include "cluster/node/node_effects.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>

namespace grapevine::cluster::sim {

using channels::roster_view;

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

/// What an event of the simulation carries: its number, and who published it.
std::string event_data(std::uint64_t event, epoch_t publisher);
std::uint64_t number_of(std::string_view data);

/// A channel of one node: performs what `channels::channel_core` and `roster_core` decide, as
/// actors/channel_actor and actors/roster_actor do, and reads what clients are sent as a client
/// does. The roster answers at once or a little later, always in order.
class channel_model {
public:
  channel_model(node_run& node, nodes_oracle& oracle, std::size_t place);

  // -- clients
  void subscribe(socket_id, const std::string& user, const std::string& info);
  void unsubscribe(socket_id, bool moving);
  /// A server event, or with `user` a client's.
  void publish(std::uint64_t event, std::optional<socket_id> except,
               const std::optional<std::string>& user);

  // -- the cluster
  void on_item(const channels::channel_item&);

  std::size_t place() const noexcept {
    return place_;
  }
  const channel_name& name() const noexcept;
  /// Somebody is subscribed, and the cluster knows.
  bool ready() const noexcept {
    return core_->known() && !subscribers_.empty();
  }
  bool wanted() const noexcept {
    return core_->ticket() != 0;
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
    return roster_ ? &roster_->view() : nullptr;
  }
  /// The roster has answered all it was asked, so that subscribers know what it knows.
  bool told_all() const noexcept {
    return asked_.empty();
  }
  /// What the channel says when it is asked.
  protocol::channel_info describe(const protocol::info_request&) const;
  /// Null unless the channel keeps an event.
  const channels::cached_event* cached() const noexcept;

private:
  using question = std::variant<channels::join_roster, channels::leave_roster,
                                channels::begin_roster, channels::change_roster>;
  /// A client who left before the answer to his subscription.
  struct gone_early {
    bool moving;
  };

  void begin();
  void perform(channels::channel_effects);
  void perform(const channels::deliver&);
  void perform(const channels::let_in&);
  void perform(const channels::refuse&);
  void perform(const channels::set_occupied&) {}
  void perform(const channels::end_roster&);
  void perform(const channels::want&);
  void perform(const channels::unwant&);
  void perform(const channels::roster_join&);
  void perform(const channels::roster_leave&);
  void perform(const channels::forward&);
  void perform(const channels::wake_at&);
  void ask(question);
  void let_roster_answer();
  void answer(const channels::join_roster&);
  void answer(const channels::leave_roster&);
  void answer(const channels::begin_roster&);
  void answer(const channels::change_roster&);
  void arm_roster();
  void end_if_idle();
  void go(std::map<socket_id, told_subscriber>::iterator, bool moving);

  node_run& node_;
  nodes_oracle& oracle_;
  std::size_t place_;
  std::optional<channels::channel_core> core_;
  std::uint64_t life_ = 0;  ///< of the core
  std::optional<channels::roster_core> roster_;
  std::uint64_t roster_life_ = 0;
  std::deque<question> asked_;  ///< of the roster, oldest first
  bool roster_works_ = false;   ///< it answers a little later

  time_point wanted_since_{};
  time_point idle_since_{};
  time_point ready_since_{};
  std::map<socket_id, std::string> coming_;  ///< users by socket that was not answered yet
  std::map<socket_id, gone_early> gone_;
  std::map<socket_id, told_subscriber> subscribers_;
};

}  // namespace grapevine::cluster::sim
