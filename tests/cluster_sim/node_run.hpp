#pragma once

#include "channels/cluster_numbers.hpp"
#include "channels/local_event.hpp"
#include "cluster/hybrid_clock.hpp"
#include "cluster/node/node_core.hpp"
#include "cluster/node/readiness.hpp"
#include "sim_channel.hpp"
#include "sim_network.hpp"
#include "sim_trace.hpp"

#include <deque>
#include <functional>
#include <memory>

namespace grapevine::cluster::sim {

/// What all runs of one simulation share.
struct nodes_setting {
  std::vector<channel_name> channels;
  peer_session_settings session;
  std::vector<base::endpoint> seeds;
  unsigned credit_late_percent = 0;  ///< how often a shard gives its credit late
  std::size_t padding = 0;           ///< bytes by which events are longer than they need be
  std::size_t send_buffer = 0;       ///< of a connection, above which nothing is written; 0: none
  duration answer_late{};            ///< the longest time a node needs to answer a question
  bool spoils_frames = false;        ///< the content of some state frames is changed on the way
};

/// One run of a whole node: what actors/cluster/cluster_actor is around `node_core`, with the
/// node's shards and their channels. What one part says to another takes a moment, in order.
class node_run final : public sim_process, public channels::cluster_numbers {
public:
  node_run(host_id, epoch_t, std::uint64_t seed, const nodes_setting&, sim_clock&, sim_network&,
           const sim_trace&, nodes_oracle&, std::int64_t wall_skew_ms = 0);

  host_id host() const noexcept {
    return host_;
  }
  /// Of now: a clock that went back makes a node take a later one than it began with.
  epoch_t epoch() const noexcept {
    return core_.members().self().epoch;
  }
  const node_core& core() const noexcept {
    return core_;
  }
  const channel_name& channel(std::size_t place) const {
    return setting_.channels[place];
  }
  /// The id of an app by this node's number.
  const std::string& app(std::uint32_t number) const {
    return apps_.at(number);
  }
  std::size_t channels() const noexcept {
    return channels_.size();
  }
  sim_channel& at(std::size_t place) {
    return *channels_[place];
  }
  bool leaving() const noexcept {
    return leaving_;
  }

  /// It says goodbye; others may know already.
  bool departing() const noexcept {
    return departing_;
  }

  /// The process was killed: none of its timers fires any more.
  void end() noexcept {
    *alive_ = false;
  }
  void pause() noexcept {
    paused_ = true;
  }
  /// Catches up with what its own timers missed.
  void wake();
  void begin_leaving();
  void leave();
  /// Its wall clock is set.
  void step_wall(std::chrono::milliseconds by) noexcept {
    wall_skew_ms_ += by.count();
  }
  /// Puts a question to others; what they say comes to the oracle as `gathered`.
  void ask(std::uint64_t id, audience, std::size_t place, std::uint8_t kind,
           std::uint8_t attributes, const std::string& text, duration deadline);

  // -- for its channels
  time_point now() const noexcept {
    return clock_.now();
  }
  channel_ref ref(std::size_t place) const;
  /// As long as the setting wants it.
  std::string event_data(std::uint64_t event) const;
  /// A roster does not answer in the same turn of its shard.
  bool roster_is_late();
  void soon(std::size_t place, std::function<void()>);
  void want(std::size_t place, std::uint64_t ticket);
  void unwant(std::size_t place, std::uint64_t ticket);
  void roster_join(std::size_t place, const roster_element&);
  void roster_leave(std::size_t place, const std::string& user, bool moving);
  void forward(std::size_t place, std::uint64_t event, const channels::forward&);
  void at_shard(std::size_t place, time_point, std::function<void()>);

  // -- channels::cluster_numbers
  epoch_t self() const noexcept override {
    return epoch();
  }
  std::uint64_t ticket() noexcept override {
    return ++tickets_;
  }
  std::uint64_t stamp() noexcept override;
  void observe(std::uint64_t stamp) noexcept override;

  // -- sim_process
  void accepted(connection_id) override;
  void connected(connection_id) override;
  void refused(connection_id) override;
  void received(connection_id, const std::any&) override;
  void closed(connection_id) override;

private:
  static constexpr std::size_t shards = 2;
  struct dialling {
    epoch_t expected;
    bool open;
  };

  void post(time_point, std::function<void()>);
  void call(const node_call&);
  void to_core(std::size_t place, std::function<void()>);
  void tick();
  void opened(connection_id, bool dialled, epoch_t expected);
  void perform(node_effects);
  void hand_out(connection_id from);
  void take(const question&);
  void forget_dropped();
  void tell_what_came();
  void notice_epoch();
  void flush();
  std::string spoilt(std::string_view bytes);
  std::size_t place_of(const channel_ref&) const;
  std::uint64_t wall_ms() const;
  void exit();

  host_id host_;
  epoch_t epoch_;  ///< the one the oracle knows
  const nodes_setting& setting_;
  sim_clock& clock_;
  sim_network& network_;
  const sim_trace& trace_;
  nodes_oracle& oracle_;
  random_source random_;
  std::vector<std::string> apps_;
  node_core core_;
  hybrid_clock stamps_;
  std::vector<std::unique_ptr<sim_channel>> channels_;
  std::map<connection_id, dialling> dials_;
  std::map<epoch_t, event_tally> heard_;  ///< by peer, as last told to the oracle
  event_tally all_heard_;
  std::vector<epoch_t> dropped_;  ///< peers, since then
  std::vector<connection_id> links_;
  std::vector<connection_id> closing_;
  std::vector<std::vector<channels::cluster_item>> items_;
  std::vector<time_point> shard_free_;  ///< when a shard has taken what was sent to it
  std::vector<std::vector<std::function<void()>>> calls_;  ///< by shard, on their way to the core
  std::deque<std::function<void()>> deferred_;
  std::uint64_t tickets_ = 0;
  std::int64_t wall_skew_ms_ = 0;
  unsigned spoilt_ = 0;
  readiness readiness_;
  bool paused_ = false;
  bool leaving_ = false;
  bool departing_ = false;
  bool exited_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace grapevine::cluster::sim
