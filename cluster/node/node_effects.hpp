#pragma once

#include "cluster/bridges/bridge_exchange.hpp"
#include "cluster/cache/cache_store.hpp"
#include "cluster/channel_ref.hpp"
#include "cluster/membership/membership_effects.hpp"
#include "cluster/queries/question.hpp"
#include "cluster/rosters/remote_roster.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace grapevine::cluster {

// -- to the sockets

/// Try a connection; report by `on_open`, or by `on_dial_failed` with the same `expected`.
struct dial {
  base::endpoint address;
  epoch_t expected = 0;
};

/// Write what `next_write` still has for this link, then close it. `on_closed` follows as ever.
struct close_link {
  link_id link = 0;
};

// -- to the channels of this node, in the order in which they must reach them

/// An event published on another node, for a channel that is wanted here. With `store_only` it is
/// older than what subscribers have seen since: only for those who come later.
struct remote_event {
  channel_ref channel;
  std::uint8_t flags = 0;  ///< `event_flag`
  std::string event;
  std::string data;
  std::string except;   ///< socket id or empty
  std::string user_id;  ///< of a client event on a presence channel
  std::uint64_t hlc = 0;
  epoch_t publisher = 0;
};

/// Answers `want`: everybody who counts knows that this node wants the channel.
struct channel_ready {
  std::uint64_t ticket = 0;
  channel_ref channel;
  std::vector<roster_change> roster;  ///< the parts of other nodes
  std::optional<cached_item> cached;  ///< the newest known event of a cache channel
};

// -- news

struct member_news {
  std::string name;
  epoch_t epoch = 0;
  std::optional<member_state> from;
  member_state to = member_state::alive;
  bool superseded = false;
};

enum class link_news_kind : std::uint8_t { up, down, refused, slow, gap };

/// For the log. `detail` is a clause for people, without secrets.
struct link_news {
  link_news_kind what = link_news_kind::up;
  std::string peer;  ///< name, or address before it is known
  std::string detail;
};

/// Everybody knows that this node has left, or has had its time.
struct departed {};

using node_effect =
    std::variant<dial, close_link, remote_event, remote_roster, channel_ready, question,
                 gathered_answers, cache_found, bridge_duties, member_news, link_news, departed>;
using node_effects = std::vector<node_effect>;

}  // namespace grapevine::cluster
