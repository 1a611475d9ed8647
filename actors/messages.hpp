#pragma once

#include "channels/channel_answers.hpp"
#include "channels/channel_effects.hpp"
#include "cluster/node/node_calls.hpp"
#include "cluster/node/node_effects.hpp"
#include "net/frame.hpp"
#include "protocol/http_api.hpp"
#include "protocol/socket_id.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// Every message between the actors of a node: the map of the system. All are local to the process,
/// so none is serialised; what crosses nodes has its own codec. A type is sent to one kind of actor
/// and named in its section.
namespace grapevine::actors {

/// A channel of an app; `app` is the app's place in the `app_registry`.
using cluster::channel_ref;

using cluster_question_kind = channels::question_kind;

// -- connection -> directory -> channel

/// A socket wants in. Answered through its shard's fanout by `add_subscriber` or
/// `refuse_subscriber` with the same serial.
struct subscribe {
  channel_ref channel;
  channels::subscription request;
};

/// A socket left, or took back a subscription that is still under way. Not answered.
struct unsubscribe {
  channel_ref channel;
  channels::unsubscription request;
};

/// A client event, already checked. Goes to every subscriber but the sender.
struct client_event {
  channel_ref channel;
  protocol::socket_id sender;
  std::string event;
  std::string data_json;
  std::optional<std::string> user_id;
};

// -- gateway -> directory -> channel

/// Name and data of a published event, shared by all the channels it goes to.
struct event_content {
  std::string event;
  std::string data;
};

/// A server event for one channel. Answered by `protocol::channel_info` once it has its place in
/// the channel's order.
struct publish {
  channel_ref channel;
  std::shared_ptr<const event_content> content;
  protocol::socket_id except;  ///< {} for nobody
  protocol::info_request info;
  bool here_only = false;    ///< the other nodes have the event by themselves
  std::uint64_t bridge = 0;  ///< as `channels::local_event::bridge`
};

/// Answered by `protocol::channel_info`.
struct describe {
  channel_ref channel;
  protocol::info_request info;
};

/// Answered by `user_list`.
struct users_of {
  channel_ref channel;
};
struct user_list {
  std::vector<std::string> ids;
};

// -- gateway, bridge -> bridge

/// An event that a publisher gave to this node, on its way to another system.
struct bridge_event {
  std::shared_ptr<const event_content> content;
  std::vector<std::string> channels;
  protocol::socket_id except;  ///< {} for nobody
};
/// Answered by a JSON object, for people.
struct describe_bridge {};

// -- bridge -> cluster

/// A bridge is there, hears now, or hears no longer: `bridges::reports` says which.
struct bridges_changed {};

// -- gateway -> directory

/// The occupied channels of this directory. Answered by `channel_list`.
struct list {
  std::optional<std::uint32_t> app;  ///< absent: of all apps
  std::string prefix;
  protocol::info_request info;
};
struct listed_channel {
  channel_ref channel;
  protocol::channel_info info;
};
struct channel_list {
  std::vector<listed_channel> channels;
};

// -- channel -> directory

/// A channel got its first subscriber or lost its last: what listing, webhooks and interest stand
/// on.
struct occupancy {
  channel_ref channel;
  bool occupied = false;
};

/// A channel has no subscriber and nothing cached, and had handled so many of the directory's
/// messages when it said so. The directory ends it unless it has sent more meanwhile.
struct idle {
  channel_ref channel;
  std::uint64_t handled = 0;
};

// -- channel -> roster

using channels::begin_roster;
using channels::change_roster;
using channels::end_roster;
using channels::join_roster;
using channels::joined_roster;
using channels::leave_roster;
using channels::left_roster;
using channels::roster_news;
/// Answered by `user_list`.
struct list_users {};

// -- channel -> fanout

/// Lets a socket into the channel's local subscribers and sends it `acknowledgement`, then `after`,
/// in the same step: no event can come before the acknowledgement.
struct add_subscriber {
  channel_ref channel;
  protocol::socket_id socket;
  std::uint32_t serial = 0;
  net::shared_bytes acknowledgement;
  net::shared_bytes after;  ///< the cached event or cache_miss; null for none
};

/// The channel says no.
struct refuse_subscriber {
  channel_ref channel;
  protocol::socket_id socket;
  std::uint32_t serial = 0;
  std::string type;
  std::string error;
  int status = 0;
};

/// One framed event for all local subscribers of a channel.
struct deliver {
  channel_ref channel;
  net::shared_bytes frame;
  protocol::socket_id except;  ///< {} for nobody
};

// -- channels -> cluster, by way of their shard's `cluster_port`

/// What a shard's channels had for the cluster in one turn, in order.
struct to_cluster {
  std::shared_ptr<const cluster::node_calls> batch;
};

// -- cluster -> directory -> channel

using channels::channel_item;
using channels::cluster_item;
/// What other nodes have for the channels of one shard, in order.
struct from_cluster {
  std::shared_ptr<const std::vector<cluster_item>> items;
  cluster::link_turn turn;  ///< reported by `turn_done` when all have gone on; peer 0: not
};
struct turn_done {
  cluster::link_turn turn;
};
// -- gateway, status -> cluster

/// What other nodes know; each answered by `cluster_answer`, whatever time it takes.
struct ask_cluster {
  cluster_question_kind kind{};
  std::uint32_t app = 0;
  std::string text;  ///< a channel, or a prefix of channels
  protocol::info_request info;
  std::chrono::milliseconds deadline{};  ///< 0: cluster.query_timeout
};
struct cluster_answer {
  std::vector<std::string> payloads;           ///< as the other nodes' `local_answer` made them
  std::vector<std::string> missing;            ///< names of nodes that did not answer
  bool wanted_elsewhere = false;               ///< another node has subscribers of the channel
  std::optional<cluster::cached_item> cached;  ///< when the cache was asked for
};
/// Answered by JSON: the list of members, or the counters.
struct describe_members {};
struct describe_cluster {};
/// The node drains: no new duties.
struct begin_leaving {};
/// Say goodbye. Answered (by true) when all know, or have had their time.
struct leave_cluster {};

// -- fanout -> itself

/// A large channel's delivery goes on with its next slice.
struct next_slice {
  channel_ref channel;
};

// -- node -> fanout, fanout -> connection

/// Close every connection of the shard with `code`, spread over `duration`.
struct drain {
  std::chrono::milliseconds duration;
};
struct drain_step {};

/// Close this connection.
struct close_socket {
  std::uint16_t code = 0;
  std::string reason;
};

}  // namespace grapevine::actors

#define GRAPEVINE_LOCAL_MESSAGE(type) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(grapevine::actors::type)
GRAPEVINE_LOCAL_MESSAGE(subscribe)
GRAPEVINE_LOCAL_MESSAGE(unsubscribe)
GRAPEVINE_LOCAL_MESSAGE(client_event)
GRAPEVINE_LOCAL_MESSAGE(publish)
GRAPEVINE_LOCAL_MESSAGE(bridge_event)
GRAPEVINE_LOCAL_MESSAGE(describe_bridge)
GRAPEVINE_LOCAL_MESSAGE(bridges_changed)
GRAPEVINE_LOCAL_MESSAGE(describe)
GRAPEVINE_LOCAL_MESSAGE(users_of)
GRAPEVINE_LOCAL_MESSAGE(user_list)
GRAPEVINE_LOCAL_MESSAGE(list)
GRAPEVINE_LOCAL_MESSAGE(channel_list)
GRAPEVINE_LOCAL_MESSAGE(occupancy)
GRAPEVINE_LOCAL_MESSAGE(idle)
GRAPEVINE_LOCAL_MESSAGE(join_roster)
GRAPEVINE_LOCAL_MESSAGE(joined_roster)
GRAPEVINE_LOCAL_MESSAGE(leave_roster)
GRAPEVINE_LOCAL_MESSAGE(left_roster)
GRAPEVINE_LOCAL_MESSAGE(begin_roster)
GRAPEVINE_LOCAL_MESSAGE(change_roster)
GRAPEVINE_LOCAL_MESSAGE(roster_news)
GRAPEVINE_LOCAL_MESSAGE(to_cluster)
GRAPEVINE_LOCAL_MESSAGE(from_cluster)
GRAPEVINE_LOCAL_MESSAGE(turn_done)
GRAPEVINE_LOCAL_MESSAGE(channel_item)
GRAPEVINE_LOCAL_MESSAGE(ask_cluster)
GRAPEVINE_LOCAL_MESSAGE(cluster_answer)
GRAPEVINE_LOCAL_MESSAGE(describe_members)
GRAPEVINE_LOCAL_MESSAGE(describe_cluster)
GRAPEVINE_LOCAL_MESSAGE(begin_leaving)
GRAPEVINE_LOCAL_MESSAGE(leave_cluster)
GRAPEVINE_LOCAL_MESSAGE(list_users)
GRAPEVINE_LOCAL_MESSAGE(end_roster)
GRAPEVINE_LOCAL_MESSAGE(add_subscriber)
GRAPEVINE_LOCAL_MESSAGE(refuse_subscriber)
GRAPEVINE_LOCAL_MESSAGE(deliver)
GRAPEVINE_LOCAL_MESSAGE(next_slice)
GRAPEVINE_LOCAL_MESSAGE(drain)
GRAPEVINE_LOCAL_MESSAGE(drain_step)
GRAPEVINE_LOCAL_MESSAGE(close_socket)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(grapevine::protocol::channel_info)
#undef GRAPEVINE_LOCAL_MESSAGE
