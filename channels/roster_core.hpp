#pragma once

#include "channels/channel_item.hpp"
#include "channels/roster_view.hpp"
#include "channels/subscription.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace grapevine::channels {

// -- what a channel asks its roster; each question is answered by one value, in order

/// Answered by `joined_roster`.
struct join_roster {
  subscription who;
  std::uint64_t hlc = 0;  ///< when, on the cluster's clock
};
struct joined_roster {
  roster_view::join_result result;
  std::size_t users = 0;
  std::string presence_data;  ///< with the joining user; empty when full
};

/// Answered by `left_roster`.
struct leave_roster {
  unsubscription who;
};
struct left_roster {
  roster_view::leave_result result;
  std::size_t users = 0;
};

/// The parts of other nodes, before the first local member: a `cluster::channel_ready`. Not
/// answered.
struct begin_roster {
  channel_item ready;
};

/// Another node's part has changed: a `cluster::remote_roster`. Answered by `roster_news`.
struct change_roster {
  channel_item news;
};

/// What the local subscribers are to be told; also comes by itself, when a user's time away is
/// over.
struct roster_news {
  roster_view::announcements news;
  std::size_t users = 0;
};

/// The members of one presence channel as its channel deals with them: a `roster_view`, and what
/// newcomers are told, encoded once.
class roster_core {
public:
  explicit roster_core(const roster_view_settings&);

  joined_roster on_join(const join_roster&, cluster::time_point now);
  left_roster on_leave(const leave_roster&, cluster::time_point now);
  void on_begin(const begin_roster&, cluster::time_point now);
  roster_news on_change(const change_roster&, cluster::time_point now);
  /// A time asked for by `wake_at` has come. Often there is no news.
  roster_news on_wake(cluster::time_point now);
  /// When `on_wake` is to be called, unless it was asked for an earlier time already: timers cannot
  /// be taken back, so there is one, and one that comes too early asks for the next.
  std::optional<cluster::time_point> wake_at();

  const roster_view& view() const noexcept {
    return view_;
  }

private:
  const std::string& presence_data();

  roster_view view_;
  std::string encoded_;  ///< `presence_data`, until the members change
  std::uint64_t encoded_revision_ = 0;
  std::optional<cluster::time_point> wakes_at_;
};

}  // namespace grapevine::channels
