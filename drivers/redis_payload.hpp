#pragma once

#include "drivers/driver.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace grapevine::drivers {

/// The payload of Redis pub/sub, as Laravel publishes it, and a mark of ours:
/// `{"event":"OrderShipped","data":{"id":7},"socket":"1.2","origin":"n1-3f2a"}`. `data` keeps the
/// publisher's bytes when they are JSON, and is a string otherwise; `socket` is null for nobody.
/// The same for every channel of the event.
std::string encode_redis_payload(const outgoing_event&, std::string_view origin);

/// What is understood of a bus.
struct redis_payload_limits {
  std::size_t data_bytes_max = 1u << 20;
  std::size_t json_depth_max = 64;
};

/// Why a message is no event for us. The text is a constant.
struct not_an_event {
  std::string_view why;
};

/// Reads a message of pub/sub. Data that is a JSON string is that string, any other value its own
/// bytes, none is "null". A `socket` that is no socket id excludes nobody; of another type than
/// string or null it makes the message wrong. The channel is stored as it is given.
std::variant<incoming_event, not_an_event> decode_redis_payload(std::string_view channel,
                                                                std::string_view payload,
                                                                const redis_payload_limits&);

/// Reads an entry of a stream: the fields `channel`, `event`, `data` and optionally `socket`.
/// `data` is taken as it is; the channel is a full name without prefix.
std::variant<incoming_event, not_an_event>
decode_redis_entry(const std::vector<std::pair<std::string_view, std::string_view>>& fields,
                   const redis_payload_limits&);

/// The pattern for PSUBSCRIBE that matches every channel whose name begins with `prefix`: its glob
/// characters stand for themselves.
std::string redis_prefix_pattern(std::string_view prefix);

}  // namespace grapevine::drivers
