#pragma once

#include "cluster/cache/cache_store.hpp"
#include "cluster/membership/membership_effects.hpp"
#include "cluster/rosters/roster_cause.hpp"
#include "cluster/rosters/roster_part.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace grapevine::cluster {

/// A connection to another process, numbered by the shell from 1; never used twice. Numbers with
/// the top bit are the core's own.
using link_id = std::uint64_t;

/// What one read brought for the channels; its credit goes back when they have it.
struct link_turn {
  epoch_t peer = 0;
  std::uint64_t number = 0;
  std::uint64_t tunnelled = 0;  ///< the core's number for what came through tunnels, 0: nothing
};

/// A channel of an app; `app` is the app's place in `node_settings::apps`.
struct channel_ref {
  std::uint32_t app = 0;
  std::string name;
  auto operator<=>(const channel_ref&) const = default;
};

// -- to the sockets

/// Try a connection; report by `on_open`, or by `on_dial_failed` with the same `expected`.
struct dial {
  node_address address;
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

/// A node's part of a roster has changed. Before the channel's `channel_ready` it is of no
/// interest: that brings the whole roster.
struct remote_roster {
  channel_ref channel;
  roster_change change;
  roster_cause cause = roster_cause::normal;
  duration ago{};  ///< the node was last heard, if it is gone: graces run from then
};

/// Answers `want`: everybody who counts knows that this node wants the channel.
struct channel_ready {
  std::uint64_t ticket = 0;
  channel_ref channel;
  std::vector<roster_change> roster;  ///< the parts of other nodes
  std::optional<cached_item> cached;  ///< the newest known event of a cache channel
};

// -- questions

/// Another node asks; reply by `answer`.
struct question {
  epoch_t from = 0;
  std::uint64_t id = 0;
  std::uint8_t kind = 0;
  std::uint32_t app = 0;
  std::uint8_t attributes = 0;
  std::string text;
};

/// What `ask` brought.
struct gathered_answers {
  std::uint64_t id = 0;
  std::vector<std::string> payloads;
  std::vector<std::string> missing;  ///< names of nodes that should have answered and did not
};

/// What `look_up_cache` brought.
struct cache_found {
  std::uint64_t id = 0;
  std::optional<cached_item> item;
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
                 gathered_answers, cache_found, member_news, link_news, departed>;
using node_effects = std::vector<node_effect>;

}  // namespace grapevine::cluster
