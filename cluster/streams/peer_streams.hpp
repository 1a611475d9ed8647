#pragma once

#include "cluster/streams/peer_session.hpp"
#include "cluster/wire/frame_sink.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace grapevine::cluster {

/// The streams to all peers, within the bounds of one and of all of them. What is pushed in one
/// turn is gathered into segments of one kind; `seal_all` at the turn's end queues them.
///
/// A peer is here while it is known; a *retired* one has left, and is sent nothing but what is
/// queued and what control frames its goodbye needs.
class peer_streams final : public frame_sink {
public:
  explicit peer_streams(const peer_session_settings&);

  // -- peers

  /// `stream_id` names the stream that this node writes: random, not 0. Not for a peer that is
  /// here.
  peer_session& open(epoch_t, std::uint64_t stream_id);
  void retire(epoch_t);
  void erase(epoch_t);
  /// Null for one that is not here. Retired ones are.
  peer_session* find(epoch_t);
  const peer_session* find(epoch_t) const;

  // -- frames

  void push(epoch_t to, const frame&) override;
  void push_all(std::span<const epoch_t> to, const frame&) override;
  void push_event(epoch_t to, std::string_view encoded) override;
  void push_bulk(epoch_t to, const frame&) override;
  void seal(epoch_t to) override;
  void seal_all();

  std::size_t queued_bytes(epoch_t to) const override;
  std::size_t state_room(epoch_t to) const override;
  bool linked(epoch_t) const override;

  /// What is held for all peers together.
  std::size_t bytes() const;
  bool full() const {
    return bytes() >= settings_.node_total;
  }
  /// Nothing waits, and everything written is acknowledged.
  bool idle() const;

  // -- what the bounds have cost

  /// True if unwritten state of that peer was dropped since the last call: it needs all of it
  /// again.
  bool take_state_lost(epoch_t);
  /// Those that events were left out for, and that keep up again; each once.
  std::vector<epoch_t> take_recovered();
  /// Those that have become slow since the last call.
  std::vector<epoch_t> take_slow();
  std::uint64_t events_dropped() const noexcept {
    return events_dropped_;
  }

private:
  /// Frames of one kind on their way into the live lane.
  struct open_segment {
    std::string bytes;
    segment_kind kind = segment_kind::state;
    std::uint32_t events = 0;
  };
  struct peer {
    peer_session stream;
    open_segment open;
    bool retired = false;
    bool state_lost = false;
    bool events_lost = false;
    bool slow_told = false;
  };

  peer* find_open(epoch_t);
  const peer* find_open(epoch_t) const;
  void append(epoch_t, peer&, segment_kind, std::string_view encoded);
  void seal(epoch_t, peer&);
  void queue(epoch_t, peer&, lane, segment);

  peer_session_settings settings_;
  std::map<epoch_t, peer> peers_;
  std::vector<epoch_t> slow_;
  std::uint64_t events_dropped_ = 0;
};

}  // namespace grapevine::cluster
