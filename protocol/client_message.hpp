#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace grapevine::protocol {

/// What a Pusher client can say. Strings are owned: the frame's buffer is gone after the call.
struct ping_message {};
struct pong_message {};
struct subscribe_message {
  std::string channel;
  std::string auth;                         ///< empty when absent
  std::optional<std::string> channel_data;  ///< the raw string as it was signed
};
struct unsubscribe_message {
  std::string channel;
};
struct signin_message {
  std::string auth;
  std::string user_data;
};
struct client_event_message {
  std::string event;
  std::string channel;
  std::string data;  ///< the JSON text of `data`, its type kept; "null" when absent
};
/// A well-formed frame whose event we do not know: ignored, never fatal.
struct unknown_message {
  std::string event;
};
/// No JSON, no object, no string `event`, nested too deeply, or a known event with fields of the
/// wrong type.
struct malformed_message {
  std::string reason;  ///< one sentence for the `pusher:error`
};

using client_message =
    std::variant<ping_message, pong_message, subscribe_message, unsubscribe_message, signin_message,
                 client_event_message, unknown_message, malformed_message>;

/// Decodes one text frame (protocol.md 2, 4.2, 4.5, 7, 8). `data` may be an object or a string
/// holding one. Every event that starts with "client-" is a client event; a `pusher:` event of
/// another name is unknown. `text` is valid UTF-8.
client_message decode_client_message(std::string_view text, std::size_t json_depth_max);

/// The member a presence subscription brings: from `channel_data`.
struct presence_member {
  std::string user_id;    ///< numbers are turned into their decimal text
  std::string user_info;  ///< JSON text; empty when absent
  bool operator==(const presence_member&) const = default;
};

/// Reads `{"user_id":…,"user_info":…}`; nothing when it is no object, or user_id is neither a
/// non-empty string nor an integer.
std::optional<presence_member> decode_member(std::string_view channel_data,
                                             std::size_t json_depth_max);

}  // namespace grapevine::protocol
