#pragma once

#include "channel_witness.hpp"
#include "channels/channel_core.hpp"
#include "channels/roster_core.hpp"

#include <deque>
#include <variant>

namespace grapevine::cluster::sim {

/// One of the channels that all nodes of a simulation know.
struct channel_name {
  std::string app;
  std::string name;
  bool presence = false;
  bool cache = false;
  std::uint64_t key = 0;
};

/// A channel of one node: performs what `channels::channel_core` and `roster_core` decide, as
/// actors/channel_actor and actors/roster_actor do. The roster answers at once or a little later,
/// always in order.
class sim_channel {
public:
  sim_channel(node_run&, nodes_oracle&, std::size_t place);

  // -- clients

  void subscribe(socket_id, const std::string& user, const std::string& info);
  void unsubscribe(socket_id, bool moving);
  /// A server event, or with `user` a client's.
  void publish(std::uint64_t event, std::optional<socket_id> except,
               const std::optional<std::string>& user);

  // -- the cluster

  void on_item(const channels::channel_item&);

  // -- for witnesses

  std::size_t place() const noexcept {
    return place_;
  }
  const channel_name& name() const noexcept;
  /// Somebody is subscribed, and the cluster knows.
  bool ready() const noexcept {
    return core_->known() && !subscribers().empty();
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
    return witness_.subscribers();
  }
  /// Null unless members are kept.
  const channels::roster_view* roster() const noexcept {
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

  void begin();
  void end_if_idle();
  void perform(channels::channel_effects);
  void perform(channels::channel_effect&);
  void forward(const channels::forward&);
  void wake_at(time_point);
  void ask(question);
  void let_roster_answer();
  void answer(const question&);
  void arm_roster();

  node_run& node_;
  nodes_oracle& oracle_;
  std::size_t place_;
  channel_witness witness_;
  std::optional<channels::channel_core> core_;
  std::uint64_t life_ = 0;  ///< of the core
  std::optional<channels::roster_core> roster_;
  std::uint64_t roster_life_ = 0;
  std::deque<question> asked_;  ///< of the roster, oldest first
  bool roster_works_ = false;   ///< it answers a little later
  time_point wanted_since_{};
  time_point idle_since_{};
  time_point ready_since_{};
};

}  // namespace grapevine::cluster::sim
