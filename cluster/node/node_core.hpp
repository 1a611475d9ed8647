#pragma once

#include "cluster/membership/membership.hpp"
#include "cluster/node/channel_exchanges.hpp"
#include "cluster/node/core_settings.hpp"
#include "cluster/node/node_calls.hpp"
#include "cluster/node/node_effects.hpp"
#include "cluster/node/node_stats.hpp"
#include "cluster/node/peer_links.hpp"
#include "cluster/streams/peer_streams.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace grapevine::cluster {

/// One node of the cluster without its sockets, threads and clocks: bytes, calls and time come in,
/// effects go out (docs/cluster.md). The shell (`actors::cluster_actor`), the simulator, the unit
/// net and the fuzzer drive the same class.
///
/// It conducts and owns nothing else: `membership` says who is there, `peer_links` has the
/// connections, `peer_streams` the ordered frames to each peer over whatever connection there is,
/// `channel_exchanges` what nodes tell each other of channels.
///
/// After every call: perform the effects in order, then write what `next_write` gives for each link
/// that is not writing. `tick` is to be called about every 20 ms.
class node_core final : private link_observer {
public:
  node_core(core_settings, std::uint64_t seed, time_point now);
  node_core(const node_core&) = delete;
  node_core& operator=(const node_core&) = delete;

  // -- connections

  node_effects on_open(link_id, link_facts, time_point now);
  node_effects on_dial_failed(epoch_t expected, time_point now);
  node_effects on_bytes(link_id, std::string_view bytes, time_point now);
  /// The connection is gone, whoever ended it.
  node_effects on_closed(link_id, time_point now);
  node_effects tick(time_point now);

  /// What to write next to a link, about `budget` bytes; empty: nothing. The slices stay valid.
  std::vector<slice> next_write(link_id id, std::size_t budget, time_point now) {
    return links_.next_write(id, budget, now);
  }
  /// Credit: the shell hands what one `on_bytes` brought to `parts` receivers, each of which
  /// reports once. Returns the turn's number. 0 parts when nothing was for the channels.
  link_turn end_turn(link_id id, unsigned parts) {
    return links_.end_turn(id, parts);
  }
  void part_done(const link_turn& turn) {
    links_.part_done(turn);
  }

  /// True while `next_write` may have something.
  bool has_link(link_id id) const {
    return links_.table().find(id) != nullptr;
  }
  /// True once the other side has proved itself.
  bool admitted(link_id id) const {
    const auto* c = links_.table().find(id);
    return c && c->admitted;
  }
  /// Connections whose other side has not proved itself yet: the shell bounds them.
  std::size_t strangers() const {
    return links_.table().strangers();
  }
  /// False while that address is refused for sending rubbish.
  bool welcomes(std::string_view address, time_point now) const {
    return !links_.table().banned().refused(address, now);
  }
  /// True for this node's own address and those of members that are alive: no seed to dial.
  bool knows(const base::endpoint& address) const {
    return membership_.knows(address);
  }

  // -- calls of this node's channels, and of those who run it

  /// Takes a call. What it leads to is in the effects of the next `flush`, so that the calls of one
  /// turn reach the peers in as few frames as possible. `frames`: where a `calls::forward` finds
  /// its own.
  void on_call(const node_call&, time_point now, std::string_view frames = {});
  node_effects flush(time_point now) {
    return done(now);
  }

  // -- what it knows

  const membership& members() const noexcept {
    return membership_;
  }
  struct peer_facts {
    std::string name;
    epoch_t epoch = 0;
    bool linked = false;
    bool slow = false;
    std::size_t queue_bytes = 0;
    std::uint64_t interest_keys = 0;
    bool apps_differ = false;
    event_tally events;
    std::string relay;  ///< name of the node its link goes through; empty: direct, or no link
  };
  /// Those that have had a link and are not dead or gone.
  std::vector<peer_facts> peers() const;
  node_stats stats() const;
  /// Everybody known to be alive is linked and has sent all of its state.
  bool settled() const;
  /// Peers were known to be there, and none of them is linked.
  bool isolated() const;
  /// All queues of the node are full: publishing must wait.
  bool overloaded() const {
    return streams_.full();
  }
  /// Another node wants the channel.
  bool wanted_elsewhere(std::uint64_t key) const {
    return channels_.interest().wanted_elsewhere(key);
  }

  // -- for witnesses in tests, who have to know what a node is about to do

  /// Whether that peer is known to want the channel.
  bool wanted_by(epoch_t peer, std::uint64_t key) const {
    return channels_.interest().wanted_by(peer, key);
  }
  /// Whether it is sent the channel's events: it wants them, or nobody knows yet what it wants.
  bool sends_to(epoch_t peer, std::uint64_t key) const {
    return channels_.interest().sends_to(peer, key);
  }
  /// The owner of a cache channel by rank, 0 or 1; epoch 0 if there are not so many.
  epoch_t owner_of(std::uint64_t key, unsigned rank) const {
    return channels_.placement().at(key, rank);
  }

private:
  // -- links
  void perform(membership_effects, time_point now) override;
  bool on_frame(connection&, const frame_view&, const frame&, time_point now) override;
  void on_bye(epoch_t from, const bye_frame&, time_point now);
  void on_resume(epoch_t from, const resume_frame&, time_point now);
  bool relays() const;

  // -- membership
  void perform(const send_effect&, time_point now);
  void perform(const dial_effect&, time_point now);
  void perform(const drop_link_effect&, time_point now);
  void perform(const changed_effect&, time_point now);
  void perform(const health_effect&, time_point now);
  void perform(const left_effect&, time_point now);

  void set_flag(std::uint8_t flag, time_point now);
  node_effects done(time_point now);

  core_settings settings_;
  random_source random_;
  membership membership_;
  node_effects out_;
  peer_streams streams_;
  channel_exchanges channels_;
  peer_links links_;
  node_stats counters_;  ///< those that the parts do not keep
  time_point next_membership_tick_;
  time_point dials_paused_until_{};
  std::optional<time_point> leaving_since_;
  bool knew_peers_ = false;
};

}  // namespace grapevine::cluster
