#pragma once

#include "cluster/cache/cache_placement.hpp"
#include "cluster/cache/cache_store.hpp"
#include "cluster/channel_ref.hpp"
#include "cluster/wire/frame_sink.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace grapevine::cluster {

struct cache_settings {
  std::size_t bytes_max = 64u << 20;
  duration ttl = std::chrono::minutes{30};  ///< the longest that a peer's event is kept
  duration owner_deadline = std::chrono::milliseconds{100};  ///< how long owners are waited for
};

/// Keeps the last events of cache channels (cluster.md section 8): those this node published or
/// received, and for the channels it owns those of others. Who needs an event asks the channel's
/// owners; a peer that becomes an owner, or may have missed an event, is handed what is held here.
///
/// Frames of others are given with the channel as this node numbers it. `wants` says of a peer
/// whether it wants a key.
class cache_exchange {
public:
  using wants_key = std::function<bool(std::uint64_t key)>;

  cache_exchange(const cache_settings&, frame_sink& to_peers);

  // -- peers

  /// As `cache_placement::set_candidates`. After a change the new owners are handed what is held.
  void set_candidates(std::vector<cache_placement::candidate>, time_point now);
  /// Hands the peer the channels that it wants or owns, for it has been away or had to do without
  /// some events. In a few `tick`s.
  void offer(epoch_t to, const wants_key&, time_point now);
  /// The same for one key, now: what was published a moment ago may not have reached its owners.
  void send(epoch_t to, std::uint64_t key, time_point now);
  /// The peer is gone: its answers are not waited for.
  void drop_peer(epoch_t);
  const cache_placement& placement() const noexcept {
    return placement_;
  }

  // -- events

  /// An event of a cache channel, published by `publisher`.
  void keep(const channel_ref&, std::uint64_t key, const event_frame&, epoch_t publisher,
            time_point now);
  /// An event of this node, encoded: kept, and sent to the owners that are not `sent_to` because
  /// they want the channel.
  void on_published(std::uint64_t key, std::string_view encoded, epoch_t self,
                    const std::function<bool(epoch_t peer)>& sent_to, time_point now);
  const cached_item* find(const channel_ref& channel, std::uint64_t key, time_point now) const {
    return store_.find(key, channel.app, channel.name, now);
  }
  std::size_t size() const noexcept {
    return store_.size();
  }

  // -- asking owners

  /// The first subscriber behind `ticket` waits for the owners' answers. False if there is none to
  /// wait for.
  bool wait(std::uint64_t ticket, const channel_ref&, std::uint64_t key, time_point now);
  void cancel(std::uint64_t ticket, std::uint64_t key);
  /// `ask_owners` false: what is held here is the last event. Answered by `take_found`.
  void look_up(std::uint64_t id, const channel_ref&, std::uint64_t key, bool ask_owners,
               time_point now);
  std::vector<cache_found> take_found(time_point now);

  /// `channel` is empty for an app that this node does not know.
  void on_get(epoch_t from, const cache_get_frame&, const std::optional<channel_ref>& channel,
              time_point now);
  struct item_outcome {
    bool news = false;                   ///< newer than what was held
    std::vector<std::uint64_t> tickets;  ///< that wait no longer
  };
  item_outcome on_item(epoch_t from, const cache_item_frame&,
                       const std::optional<channel_ref>& channel, time_point now);
  /// Tickets that wait no longer, as their owners are gone or have had their time.
  std::vector<std::uint64_t> tick(time_point now);

private:
  /// Somebody who waits for owners: a ticket, or a look-up by its id.
  struct waiting {
    std::uint64_t ticket = 0;
    std::set<epoch_t> owners;
    time_point deadline{};
  };
  struct look_up_of {
    channel_ref channel;
    std::uint64_t key = 0;
    std::set<epoch_t> owners;
    time_point deadline{};
  };

  std::set<epoch_t> ask_owners(const channel_ref&, std::uint64_t key);
  std::vector<std::uint64_t> on_owner_answered(std::uint64_t key, epoch_t owner);
  cache_item_frame describe(const cached_item&, time_point now) const;
  void hand_over(time_point now);

  cache_settings settings_;
  frame_sink& to_peers_;
  cache_placement placement_;
  cache_store store_;
  std::map<std::uint64_t, std::vector<waiting>> waiting_;  ///< by key, in the order they came
  std::map<std::uint64_t, look_up_of> look_ups_;           ///< by id
  std::set<std::pair<std::uint64_t, epoch_t>> hand_over_;  ///< {key, to}: to be sent
};

}  // namespace grapevine::cluster
