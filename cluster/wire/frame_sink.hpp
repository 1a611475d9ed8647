#pragma once

#include "cluster/types.hpp"
#include "cluster/wire/frames.hpp"

#include <cstddef>
#include <span>
#include <string_view>

namespace grapevine::cluster {

/// Where an exchange puts its frames: behind everything that was put there for the same peer
/// before. What is put for a peer that is not there, or is there only for its goodbye, is dropped.
class frame_sink {
public:
  virtual void push(epoch_t to, const frame&) = 0;
  /// One frame for several peers.
  virtual void push_all(std::span<const epoch_t> to, const frame&) = 0;
  /// An encoded `event_frame`: what may be left out when the peer does not keep up.
  virtual void push_event(epoch_t to, std::string_view encoded) = 0;
  /// Into the bulk lane, behind what was pushed: for what is long and not urgent.
  virtual void push_bulk(epoch_t to, const frame&) = 0;
  /// Ends the segment that frames pushed later would join; from here on it counts in
  /// `queued_bytes`.
  virtual void seal(epoch_t to) = 0;

  /// What waits to be written to the peer or to be acknowledged by it.
  virtual std::size_t queued_bytes(epoch_t to) const = 0;
  /// How many bytes of state may wait before all that is unwritten is dropped.
  virtual std::size_t state_room(epoch_t to) const = 0;
  /// False as well for a peer that frames are not pushed to.
  virtual bool linked(epoch_t) const = 0;

protected:
  ~frame_sink() = default;
};

}  // namespace grapevine::cluster
