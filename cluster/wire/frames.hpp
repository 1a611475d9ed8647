#pragma once

#include "cluster/wire/node_info.hpp"
#include "cluster/wire/rumour.hpp"

#include <array>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace grapevine::cluster {

/// The number on the wire; a type is never reused. Types below 32 are the control lane, 32-63 live,
/// 64 and above bulk.
enum class frame_type : std::uint8_t {
  hello = 1,
  proof = 2,
  resume = 3,
  bye = 4,
  probe = 8,
  probe_ack = 9,
  probe_req = 10,
  probe_nack = 11,
  gossip = 12,
  members = 13,
  ack = 16,
  relay = 17,
  relay_end = 18,
  app_def = 32,
  event = 33,
  gap = 34,
  interest_delta = 36,
  interest_ack = 37,
  digest = 38,
  interest_begin = 39,
  roster_delta = 40,
  roster_snapshot = 41,
  roster_done = 43,
  cache_get = 45,
  cache_item = 46,
  query = 52,
  interest_chunk = 56,
  interest_done = 57,
  interest_request = 58,
  roster_request = 59,
  bridges = 60,
  answer = 72,
};

/// A link's three queues. Control is written first and is not part of the session; live and bulk
/// are sequenced.
enum class lane : std::uint8_t { control, live, bulk };

lane lane_of(frame_type) noexcept;
inline bool sequenced(frame_type type) noexcept {
  return lane_of(type) != lane::control;
}

// -- control: handshake

/// First frame in both directions: "GVNE", the versions spoken and a nonce for the proof.
struct hello_frame {
  std::uint16_t proto_min = 1;
  std::uint16_t proto_max = 1;
  std::array<std::uint8_t, 32> nonce{};
  bool operator==(const hello_frame&) const = default;
};

/// HMAC-SHA256 over the secret's transcript, and who the sender is.
struct proof_frame {
  std::array<std::uint8_t, 32> hmac{};
  node_info info;
  bool has_link = false;  ///< the sender still holds another connection to the receiver
  bool operator==(const proof_frame&) const = default;
};

/// Where both streams of a link go on; see `peer_session`.
struct resume_frame {
  std::uint64_t session = 0;       ///< the stream the sender of this frame writes
  std::uint64_t peer_session = 0;  ///< the receiver's stream as the sender knows it, 0: none
  std::uint64_t received = 0;      ///< how many bytes of that it has
  bool resync = false;             ///< it has dropped its state and asks for all of it again
  bool operator==(const resume_frame&) const = default;
};

enum class bye_reason : std::uint8_t {
  leaving,
  version,
  protocol,
  duplicate,  ///< the other connection between the same two is kept
  name_conflict,
  stale_epoch,    ///< a higher epoch of that name is known: `seen`
  dead,           ///< the sender has declared the receiver dead
  slow_consumer,  ///< `consumed` made no progress for too long
};

/// A clause for people, from the view of the node that hears it.
std::string_view explain(bye_reason) noexcept;

struct bye_frame {
  bye_reason reason = bye_reason::leaving;
  epoch_t seen = 0;
  bool operator==(const bye_frame&) const = default;
};

// -- control: membership

/// "Do you live?" `view` is the sender's `membership::view_hash`: two nodes with nothing left to
/// gossip whose views differ exchange their member lists at once instead of waiting for the next
/// push-pull.
struct probe_frame {
  std::uint64_t nonce = 0;
  std::uint64_t view = 0;
  std::vector<rumour> rumours;
  bool operator==(const probe_frame&) const = default;
};

/// Answer to a probe, or to a `probe_req` whose target gave a sign of life.
struct probe_ack_frame {
  std::uint64_t nonce = 0;
  std::uint64_t view = 0;
  std::vector<rumour> rumours;
  bool operator==(const probe_ack_frame&) const = default;
};

/// "Probe `target` for me."
struct probe_req_frame {
  std::uint64_t nonce = 0;
  epoch_t target = 0;
  std::vector<rumour> rumours;
  bool operator==(const probe_req_frame&) const = default;
};

/// "I live, but `target` did not answer me either" (Lifeguard).
struct probe_nack_frame {
  std::uint64_t nonce = 0;
  bool operator==(const probe_nack_frame&) const = default;
};

struct gossip_frame {
  std::vector<rumour> rumours;
  bool operator==(const gossip_frame&) const = default;
};

/// Push-pull: everything the sender knows about everybody.
struct members_frame {
  bool answer = false;  ///< the sender wants the receiver's list back
  std::vector<rumour> rumours;
  bool operator==(const members_frame&) const = default;
};

using swim_frame = std::variant<probe_frame, probe_ack_frame, probe_req_frame, probe_nack_frame,
                                gossip_frame, members_frame>;

// -- control: session

/// Cumulative offsets in the stream of the frame's receiver.
struct ack_frame {
  std::uint64_t received = 0;  ///< handed to the shards: need not be kept for replay
  std::uint64_t consumed = 0;  ///< processed by the shards: the credit, always <= `received`
  bool operator==(const ack_frame&) const = default;
};

// -- control: tunnels

/// A piece of what two nodes that cannot link say to each other, on its way through a third, which
/// has a link to each. From `origin` it goes to `target`, from `target` to `origin`, and from
/// nobody else anywhere. Whoever opened the tunnel is its `origin` in both directions.
///
/// Decoded, `bytes` is a view of the read buffer.
struct relay_frame {
  epoch_t origin = 0;
  epoch_t target = 0;
  std::uint64_t path = 0;  ///< number of the tunnel; grows with each that `origin` opens
  std::string_view bytes;
  bool operator==(const relay_frame&) const = default;
};

enum class relay_end_reason : std::uint8_t {
  closed,       ///< by the other end
  unreachable,  ///< the relay has no link to the other end, or takes on no more
  overflow,     ///< more was waiting at the relay than an end may send without an answer
};

/// Nothing more comes through that tunnel: said by either end to the other, or by the relay to
/// both.
struct relay_end_frame {
  epoch_t origin = 0;
  epoch_t target = 0;
  std::uint64_t path = 0;
  relay_end_reason reason = relay_end_reason::closed;
  bool operator==(const relay_end_frame&) const = default;
};

// -- live

/// Gives an app a short number for the rest of the session.
struct app_def_frame {
  std::uint16_t app = 0;
  std::string id;
  bool operator==(const app_def_frame&) const = default;
};

/// Bits of `event_frame::flags`.
namespace event_flag {
inline constexpr std::uint8_t client_event = 1;
inline constexpr std::uint8_t store_only = 2;
inline constexpr std::uint8_t has_except = 4;
inline constexpr std::uint8_t has_user_id = 8;
inline constexpr std::uint8_t cache = 32;  ///< the channel keeps it for later subscribers
inline constexpr std::uint8_t known = 47;
}  // namespace event_flag

/// One published event. Decoded, its strings are views of the read buffer.
struct event_frame {
  std::uint16_t app = 0;
  std::uint64_t key = 0;
  std::uint8_t flags = 0;
  std::string_view channel;
  std::string_view event;
  std::string_view except;   ///< on the wire only with `has_except`
  std::string_view user_id;  ///< on the wire only with `has_user_id`
  std::uint64_t hlc = 0;
  std::string_view data;
  bool operator==(const event_frame&) const = default;
};

/// Stands where the sender had to leave something out of the stream.
struct gap_frame {
  std::uint64_t events = 0;  ///< how many events are missing here
  /// State frames are missing too: the sender starts all of its state over behind this.
  bool state = false;
  bool operator==(const gap_frame&) const = default;
};

// -- live: interest

/// What the sender's log gained since the delta before it; a key that came and went in between is
/// in neither list.
struct interest_delta_frame {
  std::uint64_t from_version = 0;
  std::uint64_t version = 0;
  std::vector<std::uint64_t> adds;
  std::vector<std::uint64_t> removes;
  bool operator==(const interest_delta_frame&) const = default;
};

/// The sender has applied the receiver's log up to `version`. Behind every roster snapshot that
/// the log's additions caused.
struct interest_ack_frame {
  std::uint64_t version = 0;
  bool operator==(const interest_ack_frame&) const = default;
};

/// Forget what is known of the sender's interest: all of it follows in chunks, deltas between them
/// included. Until `interest_done` the sender wants everything.
struct interest_begin_frame {
  bool operator==(const interest_begin_frame&) const = default;
};

struct interest_chunk_frame {
  std::uint64_t version = 0;  ///< of the log when the chunk was made
  std::vector<std::uint64_t> keys;
  bool operator==(const interest_chunk_frame&) const = default;
};

/// The receiver now holds the sender's log as of `version`: `count` keys, `hash` as in
/// `interest_log`.
struct interest_done_frame {
  std::uint64_t version = 0;
  std::uint64_t count = 0;
  std::uint64_t hash = 0;
  bool operator==(const interest_done_frame&) const = default;
};

/// "I do not hold what your digest says: begin again." Counted as a repair.
struct interest_request_frame {
  bool operator==(const interest_request_frame&) const = default;
};

/// What the receiver must hold at this place of the stream: the sender's interest, and the
/// sender's parts of the rosters that the receiver wants, as far as its log is known (`answers`).
struct digest_frame {
  std::uint64_t version = 0;
  std::uint64_t count = 0;
  std::uint64_t hash = 0;
  std::uint64_t answers = 0;
  std::uint64_t roster_hash = 0;  ///< XOR over the sender's parts of `mix(key ^ mix(version))`
  bool operator==(const digest_frame&) const = default;
};

// -- live: presence

/// A user in one node's part of a roster.
struct roster_element {
  std::string user_id;
  std::string user_info;  ///< JSON text; empty when absent
  std::uint64_t hlc = 0;  ///< when the user joined on that node
  bool operator==(const roster_element&) const = default;
};

struct roster_leave {
  std::string user_id;
  bool moving = false;  ///< sent away by a node that drains: expected back within the grace
  bool operator==(const roster_leave&) const = default;
};

/// The sender's part of a channel's roster went from version `from` (0: had no part) to `to`.
struct roster_delta_frame {
  std::uint64_t key = 0;
  std::uint16_t app = 0;
  std::string channel;
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  std::vector<roster_element> joins;
  std::vector<roster_leave> leaves;
  bool operator==(const roster_delta_frame&) const = default;
};

/// The sender's whole part, in one frame or several (`last` on the last). `answers` is the version
/// of the receiver's interest log that asked for it.
struct roster_snapshot_frame {
  std::uint64_t key = 0;
  std::uint16_t app = 0;
  std::string channel;
  std::uint64_t version = 0;
  std::uint64_t answers = 0;
  std::vector<roster_element> elements;
  bool last = true;
  bool operator==(const roster_snapshot_frame&) const = default;
};

/// All parts that the receiver's log up to `answers` asks for have been sent again: what is still
/// from before the restart is gone.
struct roster_done_frame {
  std::uint64_t answers = 0;
  bool operator==(const roster_done_frame&) const = default;
};

/// As `interest_request`, for the parts of rosters.
struct roster_request_frame {
  bool operator==(const roster_request_frame&) const = default;
};

// -- live: cache channels

struct cache_get_frame {
  std::uint64_t key = 0;
  std::uint16_t app = 0;
  std::string channel;
  bool operator==(const cache_get_frame&) const = default;
};

/// The last server event of a cache channel, as an answer or because the receiver has become an
/// owner; `found` false answers that there is none.
struct cache_item_frame {
  std::uint64_t key = 0;
  std::uint16_t app = 0;
  std::string channel;
  bool found = false;
  std::string event;
  std::string data;
  std::uint64_t hlc = 0;
  epoch_t publisher = 0;     ///< decides between equal `hlc`
  std::uint64_t ttl_ms = 0;  ///< what is left of it
  bool operator==(const cache_item_frame&) const = default;
};

// -- live: bridges

/// Bits of `bridge_report::roles`.
namespace bridge_role {
inline constexpr std::uint8_t hears = 1;  ///< the node gets its own copy of what is published there
inline constexpr std::uint8_t acts = 2;   ///< and does what one node has to do for others
inline constexpr std::uint8_t sends = 4;  ///< the node takes events there
inline constexpr std::uint8_t known = 7;
}  // namespace bridge_role

/// A bridge of the sender. Equal ids mean the same other system and the same place in it.
struct bridge_report {
  std::uint64_t id = 0;
  std::uint8_t roles = 0;
  bool operator==(const bridge_report&) const = default;
};

/// All bridges of the sender as they are now.
struct bridges_frame {
  std::vector<bridge_report> bridges;
  bool operator==(const bridges_frame&) const = default;
};

// -- queries

/// Asks one node for its share of an answer. What kinds there are and what `text` means is the
/// business of who asks and answers.
struct query_frame {
  std::uint64_t id = 0;
  std::uint8_t kind = 0;
  std::uint16_t app = 0;
  std::uint8_t attributes = 0;
  std::string text;
  bool operator==(const query_frame&) const = default;
};

/// A piece of the answer to the receiver's query; bulk lane, at most 64 KiB each.
struct answer_frame {
  std::uint64_t id = 0;
  bool last = true;
  std::string payload;
  bool operator==(const answer_frame&) const = default;
};

/// Any frame. The alternatives are in the order of their types.
using frame =
    std::variant<hello_frame, proof_frame, resume_frame, bye_frame, probe_frame, probe_ack_frame,
                 probe_req_frame, probe_nack_frame, gossip_frame, members_frame, ack_frame,
                 relay_frame, relay_end_frame, app_def_frame, event_frame, gap_frame,
                 interest_delta_frame, interest_ack_frame, digest_frame, interest_begin_frame,
                 roster_delta_frame, roster_snapshot_frame, roster_done_frame, cache_get_frame,
                 cache_item_frame, query_frame, interest_chunk_frame, interest_done_frame,
                 interest_request_frame, roster_request_frame, bridges_frame, answer_frame>;

}  // namespace grapevine::cluster
