#pragma once

#include "cluster/random.hpp"
#include "sim_clock.hpp"

#include <any>
#include <deque>
#include <map>
#include <optional>
#include <vector>

namespace grapevine::cluster::sim {

using host_id = std::size_t;
using connection_id = std::uint64_t;

/// A process as the network sees it. Its calls come at their virtual time, or all at once in their
/// order when a paused process goes on.
class sim_process {
public:
  virtual ~sim_process() = default;
  virtual void accepted(connection_id) = 0;   ///< somebody has connected to us
  virtual void connected(connection_id) = 0;  ///< our `connect` has succeeded
  virtual void refused(connection_id) = 0;    ///< our `connect` was answered by a reset
  virtual void received(connection_id, const std::any& content) = 0;
  virtual void closed(connection_id) = 0;  ///< by the other end or by the network, not by us
};

struct network_settings {
  duration delay_min = std::chrono::microseconds{100};
  duration delay_max = std::chrono::milliseconds{50};  ///< rare; most are near `delay_min`
  /// Until bytes flow again after a fault.
  duration retransmit_max = std::chrono::milliseconds{300};
  duration user_timeout = std::chrono::seconds{4};  ///< TCP_USER_TIMEOUT
};

enum class dial_fault : std::uint8_t { none, refused, hanging };

/// TCP between hosts, as far as a protocol above it can see: each direction of a connection
/// delivers in order after a delay; a fault holds the bytes back until it ends or the connection is
/// given up; a lost connection loses what is in flight.
///
/// What is sent is opaque, so that membership frames and whole byte streams can use it alike.
class sim_network {
public:
  sim_network(sim_clock&, random_source&, const network_settings&, std::size_t hosts);

  // -- for processes
  void run(host_id, sim_process&);
  /// The result is told by `connected` or `refused`; or nothing is, and the caller gives up by
  /// `close`.
  connection_id connect(host_id from, host_id to);
  void send(connection_id, host_id from, std::any content);
  /// What was sent before still arrives, then the other end is told. This end hears no more of it.
  void close(connection_id, host_id from);
  /// Bytes of the strings sent from here that the other end's kernel does not have yet.
  std::size_t backlog(connection_id, host_id from) const;

  // -- for scenarios: hosts
  void kill(host_id);       ///< the process ends, its kernel closes its connections
  void power_off(host_id);  ///< the host falls silent
  void pause(host_id);
  void resume(host_id);
  bool running(host_id) const;
  bool paused(host_id) const;

  // -- for scenarios: paths. Faults of one kind may overlap; each begin has its end.
  void block(host_id from, host_id to);  ///< no packet passes in this direction
  void unblock(host_id from, host_id to);
  void stall(host_id from, host_id to, duration);  ///< packets wait
  void begin_dial_fault(host_id a, host_id b, dial_fault);
  void end_dial_fault(host_id a, host_id b);
  /// From now on strings take their time in this direction; 0: none.
  void limit(host_id from, host_id to, std::size_t bytes_per_second);
  /// Breaks every connection between the two; both ends are told soon.
  void cut(host_id a, host_id b);

  /// Since when nothing but `cut` has disturbed the path between the two; empty if something does
  /// now.
  std::optional<time_point> path_whole_since(host_id a, host_id b) const;
  /// When connections between the two were last cut; the beginning of time if never.
  std::optional<time_point> last_cut(host_id a, host_id b) const;
  /// Since when a process runs there and is not paused; empty if none does now.
  std::optional<time_point> awake_since(host_id) const;

private:
  struct message {
    std::uint64_t sequence;
    time_point ready;
    std::any content;  ///< empty: the end of the stream
  };
  struct endpoint {
    host_id host;
    unsigned run = 0;
    bool open = false;
    std::deque<message> out;
    std::uint64_t watched = 0;  ///< sequence of the message `user_timeout` runs for
    bool unacknowledged = false;
  };
  struct pipe {
    endpoint ends[2];  ///< dialler, acceptor
    bool lost = false;
  };
  struct host {
    sim_process* process = nullptr;
    unsigned run = 0;
    bool powered = true;
    bool paused = false;
    time_point awake_since{};
    std::deque<sim_clock::callback> inbox;
  };
  struct path {
    unsigned blocks = 0;
    time_point stalled_until{};
    unsigned dial_faults = 0;
    dial_fault fault = dial_fault::none;
    time_point whole_since{};
    time_point cut_at{};
    std::size_t bytes_per_second = 0;
    time_point busy_until{};
  };

  duration delay();
  duration transmission(path&, const std::any& content) const;
  path& at(host_id from, host_id to) {
    return paths_[from * hosts_.size() + to];
  }
  const path& at(host_id from, host_id to) const {
    return paths_[from * hosts_.size() + to];
  }
  pipe* find(connection_id);
  bool held(host_id from, host_id to) const;
  void arrive_syn(connection_id);
  void push(connection_id, unsigned side, std::any content);
  void pump(connection_id, unsigned side);
  void watch(connection_id, unsigned side);
  void watch_acknowledgement(connection_id, unsigned side);
  void lose(connection_id, unsigned side);
  void end_stream(connection_id, unsigned side);
  void release(host_id from, host_id to);
  void tell(const endpoint&, std::function<void(sim_process&)>);
  void forget_if_closed(connection_id);
  void stop(host_id);

  sim_clock& clock_;
  random_source& random_;
  network_settings settings_;
  std::vector<host> hosts_;
  std::vector<path> paths_;
  std::map<connection_id, pipe> connections_;
  connection_id next_connection_ = 1;
  std::uint64_t next_sequence_ = 1;
};

}  // namespace grapevine::cluster::sim
