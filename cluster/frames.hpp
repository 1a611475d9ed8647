#pragma once

#include "cluster/node_info.hpp"
#include "cluster/rumour.hpp"

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
  app_def = 32,
  event = 33,
  gap = 34,
};

/// A link's three queues. Control is written first and is not part of the session; live and bulk
/// are sequenced.
enum class lane : std::uint8_t { control, live, bulk };

lane lane_of(frame_type) noexcept;
inline bool sequenced(frame_type type) noexcept {
  return lane_of(type) != lane::control;
}

// -- control: handshake
// ----------------------------------------------------------------------------------------------

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

/// Where both streams of a link go on; see `session`.
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

struct bye_frame {
  bye_reason reason = bye_reason::leaving;
  epoch_t seen = 0;
  bool operator==(const bye_frame&) const = default;
};

// -- control: membership
// ---------------------------------------------------------------------------------------------

/// "Do you live?" `view` is the sender's `member_table::view_hash`: two nodes with nothing left to
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
// ------------------------------------------------------------------------------------------------

/// Cumulative offsets in the stream of the frame's receiver.
struct ack_frame {
  std::uint64_t received = 0;  ///< handed to the shards: need not be kept for replay
  std::uint64_t consumed = 0;  ///< processed by the shards: the credit, always <= `received`
  bool operator==(const ack_frame&) const = default;
};

// -- live
// ------------------------------------------------------------------------------------------------------------

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
inline constexpr std::uint8_t ingest = 16;
inline constexpr std::uint8_t known = 31;
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
  bool state =
      false;  ///< state frames are missing too: the sender starts all of its state over behind this
  bool operator==(const gap_frame&) const = default;
};

/// Any frame. The alternatives are in the order of their types.
using frame = std::variant<hello_frame, proof_frame, resume_frame, bye_frame, probe_frame,
                           probe_ack_frame, probe_req_frame, probe_nack_frame, gossip_frame,
                           members_frame, ack_frame, app_def_frame, event_frame, gap_frame>;

}  // namespace grapevine::cluster
