#pragma once

#include "base/endpoint.hpp"
#include "config/section_values.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace grapevine::config {

/// Certificate chain and private key as PEM files. Both empty: no TLS.
struct tls_settings {
  std::string certificate;
  std::string key;
  std::string ca;  ///< only used by [cluster.tls]
  bool enabled() const {
    return !certificate.empty();
  }
};

/// `[node]`
struct node_settings {
  std::string name;  ///< empty until loading fills in "hostname-port"
  base::endpoint listen{"0.0.0.0", 8000};
  base::endpoint admin_listen{"127.0.0.1",
                              9000};  ///< default: loopback, clients' port + 1000 (0 stays 0)
  std::size_t shards = 0;             ///< 0: one per core
  std::string path_prefix;            ///< "" or "/something", no trailing slash
  std::vector<std::string> trusted_proxies;
  tls_settings tls;
};

/// `[cluster]`; `enabled` when a cluster key, flag or variable was given at all.
struct cluster_settings {
  bool enabled = false;
  std::string name = "grapevine";  ///< part of admission and of every channel's key
  base::endpoint listen{"127.0.0.1", 7946};
  std::string advertise;  ///< what others dial; empty until loading fills in `listen`
  std::vector<std::string> seeds;
  /// `secret`, at least 16 bytes each: the first proves, all are accepted. Empty: none.
  std::vector<std::string> secrets;
  std::vector<std::string> allowed_names;  ///< patterns for the names in a peer's certificate
  /// One other node is probed each time. Less finds the dead sooner, and costs every node that many
  /// more packets; more leaves their members in the rosters for longer.
  std::chrono::milliseconds probe_interval{500};
  /// Below `probe_interval`. Less than a round trip under load suspects nodes that are well; more
  /// finds the dead later.
  std::chrono::milliseconds probe_timeout{300};
  /// How many probe intervals a suspect has at least to object, times the logarithm of the
  /// cluster's size. Less takes a stall for death more often; more keeps ghosts in rosters longer.
  unsigned suspicion_mult = 4;
  /// "cluster" lets the first subscriber of a channel in when every peer knows: no later event of
  /// any node is missed. "local" lets it in at once, and events of the next round trip may be.
  std::string subscribe_ack = "cluster";
  /// How long the first subscriber waits for a slow peer. Less lets it in before that peer knows;
  /// more makes it wait for a peer that is dying.
  std::chrono::milliseconds subscribe_ack_timeout{100};
  /// How long an empty channel stays wanted. Less tells the peers of every reload of a page; more
  /// has them send events that nobody here reads.
  std::chrono::milliseconds interest_linger{2'000};
  /// How long a member may be away before the others hear of it. Less shows a leave and a join for
  /// every reload of a page; more shows leaves later.
  std::chrono::milliseconds leave_debounce{250};
  /// The same for members of a node that drains. Less than clients need to connect elsewhere shows
  /// leaves and joins; more shows those who are gone for longer.
  std::chrono::milliseconds moving_grace{3'000};
  /// Bytes queued and unacknowledged for one peer; beyond it the oldest events are dropped and
  /// counted. More bridges a longer stall and costs that memory.
  std::size_t peer_queue = 16u << 20;
  /// Bytes queued for all peers, at least `peer_queue`; beyond it publishing is refused. Less
  /// refuses sooner when many do not keep up; more costs that memory.
  std::size_t queues_total = 256u << 20;
  /// Bytes under way that a peer has not consumed, at most `peer_queue`. Less than bandwidth times
  /// round trip leaves the link idle; more lets a peer fall further behind before it shows.
  std::size_t peer_window = 4u << 20;
  /// How long a question to other nodes waits. Less answers partially while a node is busy; more
  /// makes the HTTP API wait for a node that is dying.
  std::chrono::milliseconds query_timeout{1'000};
  tls_settings tls;
};

/// `[[app.webhook]]`
struct webhook_settings {
  std::string url;
  std::vector<std::string> events;    ///< empty: all
  std::vector<std::string> channels;  ///< patterns; empty: all
  std::map<std::string, std::string> headers;
};

/// `[[app]]`
struct app_settings {
  std::string id;
  std::string key;
  std::string secret;
  bool enabled = true;
  bool client_events = false;
  bool subscription_count = false;
  bool watchlist = false;
  std::vector<std::string> allowed_origins{"*"};
  std::size_t max_connections = 0;  ///< 0: no limit
  std::vector<webhook_settings> webhooks;
};

/// `[auth]`
struct auth_settings {
  std::string app;
  std::string jwt_algorithm = "HS256";
  std::string jwt_secret;
  std::string jwt_public_key_file;
  std::string issuer;
  std::string audience;
  std::string user_id_claim = "sub";
  std::vector<std::string> user_info_claims{"name"};
};

/// `[[channel]]`: exactly one of `claims`, `authorize_url`, `allow` decides.
struct channel_rule_settings {
  std::string pattern;
  std::vector<std::map<std::string, std::string>> claims;
  std::string authorize_url;
  std::string allow;  ///< "anyone", "authenticated", "nobody" or ""
};

/// `[broadcast]`
struct broadcast_settings {
  std::string driver;  ///< "" is the cluster itself; else the name of a driver
  /// Where programs with the C++ API find the cluster; a node does not use it.
  std::string url;
  std::string encryption_master_key;  ///< 32 bytes in base64, for encrypted channels; or ""
};

/// Of one node: each takes a connection or more, and a bit where nodes agree who does what.
inline constexpr std::size_t bridges_max = 64;

/// `[[bridge]]`
struct bridge_settings {
  std::string driver;
  std::string direction = "both";
  std::string app;
  std::vector<std::string> channels{"*"};
  std::string mode = "local";
  std::size_t queue_bytes = 64u << 20;
};

/// `[limits]`: every bound of the server. Sizes are bytes. More of any admits what was refused, at
/// the cost of the memory or time that a stranger may then take; where something else follows it is
/// said.
struct limit_settings {
  std::size_t event_data = 10u << 10;      ///< data of one published or client event
  std::size_t event_name = 200;            ///< characters of an event's name
  std::size_t channel_name = 200;          ///< characters of a channel's name
  std::size_t request_header = 16u << 10;  ///< request line and headers of one HTTP request
  std::size_t request_body = 1u << 20;     ///< one HTTP request; batches included
  std::size_t message = 1u << 20;          ///< one WebSocket message from a client
  /// Waiting to be sent to one connection, which is closed beyond it. Less closes clients on slow
  /// networks at a burst; more lets each slow client hold that memory.
  std::size_t outbox = 4u << 20;
  std::size_t json_depth = 32;  ///< nesting of any JSON that comes in
  std::size_t connections = 0;  ///< clients of this node; 0: no limit but descriptors
  std::size_t subscriptions_per_connection = 1000;
  std::size_t client_events_per_second = 10;  ///< of one connection
  /// Each is a message of its own, so one request costs up to this many times `batch_events`.
  std::size_t channels_per_event = 100;
  std::size_t batch_events = 10;
  /// Everyone who joins is told all of them: what a channel's joins cost grows with the square.
  std::size_t presence_members = 100;
  std::size_t presence_user_info = 1u << 10;
  std::size_t presence_user_id = 128;
  /// From connecting to the end of the request's header. Less turns slow networks away; more lets
  /// silent connections hold descriptors.
  std::chrono::milliseconds handshake_timeout{10'000};
  /// An HTTP connection between two requests. Less than a proxy's own makes it send requests into
  /// connections that are being closed; more keeps idle descriptors.
  std::chrono::milliseconds keep_alive_timeout{75'000};
  std::chrono::milliseconds close_timeout{10'000};  ///< from our close frame to the client's
  /// A client that is silent this long is pinged. Less costs mobile clients their battery; more
  /// leaves the vanished in rosters, and may be longer than what proxies allow.
  std::chrono::milliseconds activity_timeout{120'000};
  std::chrono::milliseconds pong_timeout{30'000};  ///< from that ping to closing with 4201
  std::chrono::milliseconds cache_ttl{1'800'000};
  /// Over how long SIGTERM spreads the 4200 closes. Less has all clients connect elsewhere at once;
  /// more delays the exit.
  std::chrono::milliseconds drain_timeout{10'000};
};

/// `[log]`
struct log_settings {
  std::string level = "info";   ///< trace, debug, info, warn, error, off
  std::string format = "text";  ///< or "json"
};

/// Everything a node is told, after all sources were merged and checked.
struct settings {
  node_settings node;
  cluster_settings cluster;
  std::vector<app_settings> apps;
  auth_settings auth;
  std::vector<channel_rule_settings> channels;
  broadcast_settings broadcast;
  std::vector<bridge_settings> bridges;  ///< `bridges_max` at most
  section_values sections;               ///< of the drivers
  limit_settings limits;
  log_settings log;
  bool dev = false;
};

}  // namespace grapevine::config
