#pragma once

#include "net/frame.hpp"
#include "net/service.hpp"
#include "protocol/interned_name.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace grapevine::actors {

/// A connection as its shard's fanout sees it.
class subscriber {
public:
  net::websocket* socket() const noexcept {
    return socket_;
  }
  /// Told when the list of `channel` moved this subscriber.
  virtual void moved(const protocol::interned_name& channel, std::uint32_t position) noexcept = 0;

protected:
  ~subscriber() = default;
  net::websocket* socket_ = nullptr;  ///< set while open
};

/// One channel's subscribers on one shard. Pushing an event to a large list goes in slices, so that
/// a hundred thousand outboxes do not hold up everything else on the shard; further events wait
/// their turn behind it.
class subscriber_list {
public:
  explicit subscriber_list(protocol::interned_name channel) noexcept
      : channel_{std::move(channel)} {}

  /// Returns the position. The newcomer gets no event that was queued before.
  std::uint32_t add(subscriber&);
  /// Takes the subscriber at `position` off.
  void remove(std::uint32_t position);
  bool empty() const noexcept {
    return living_ == 0;
  }
  std::size_t size() const noexcept {
    return living_;
  }

  /// Queues an event for everybody but `except` (may be null).
  void queue(net::frame, subscriber* except);
  /// Pushes to at most `budget` subscribers. Returns the bytes (frame sizes) of the events that are
  /// thereby done.
  std::size_t run(std::size_t budget);
  bool pending() const noexcept {
    return front_ < queue_.size();
  }

private:
  struct queued {
    net::frame event;
    subscriber* except;
    std::size_t end;  ///< subscribers from here on came later
  };
  void compact();

  protocol::interned_name channel_;
  std::vector<subscriber*> entries_;  ///< null: left while events were pending
  /// Waiting events from `front_` on; a deque would cost 0.6 kB per channel.
  std::vector<queued> queue_;
  std::size_t front_ = 0;
  std::size_t cursor_ = 0;  ///< where the first queued event goes on
  std::size_t living_ = 0;
};

}  // namespace grapevine::actors
