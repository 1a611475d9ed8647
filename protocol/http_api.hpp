#pragma once

#include "protocol/http_answer.hpp"
#include "protocol/http_auth.hpp"
#include "protocol/socket_id.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace grapevine::protocol {

/// The attributes an `info` parameter asks for. Unknown names are a 400.
struct info_request {
  bool user_count = false;
  bool subscription_count = false;
  bool cache = false;
  bool any() const noexcept {
    return user_count || subscription_count || cache;
  }
  bool operator==(const info_request&) const = default;
};

/// One event to publish, checked against every rule of protocol.md 9.2.
struct publish_request {
  std::string event;
  std::string data;                   ///< the payload as a string; what was no string was encoded
  std::vector<std::string> channels;  ///< distinct, at least one
  std::optional<socket_id> except;
  info_request info;
};

/// What a request of the HTTP API asks for.
struct publish_batch {
  bool single = true;  ///< POST /events; else /batch_events
  std::vector<publish_request> events;
};
struct list_channels {
  std::string prefix;
  info_request info;
};
struct describe_channel {
  std::string channel;
  info_request info;
};
struct list_users {
  std::string channel;
};
struct count_connections {};
struct terminate_user {
  std::string user_id;
};
/// Answered at once with this status and `{"error":…,"code":status}`.
struct api_refusal {
  unsigned status = 400;
  std::string error;
  std::string allow;  ///< with 405 the method that the path has, for the Allow header
};
using api_call = std::variant<publish_batch, list_channels, describe_channel, list_users,
                              count_connections, terminate_user, api_refusal>;

/// Bounds that the API checks; see config::limit_settings.
struct api_limits {
  std::size_t event_data = 10u << 10;
  std::size_t event_name = 200;
  std::size_t channel_name = 200;
  std::size_t channels_per_event = 100;
  std::size_t batch_events = 10;
  std::size_t json_depth = 32;
};

/// What the path of a request says before its app is known.
struct api_path {
  std::string app_id;  ///< percent-decoded
  std::string rest;    ///< "/events", "/channels/x/users", …; still encoded
};
/// Splits "/apps/{id}/…"; nothing for another path. `rest` is empty for "/apps/{id}" alone.
std::optional<api_path> split_api_path(std::string_view path);

/// Turns an authenticated request into a call. Never throws: whatever is wrong becomes an
/// `api_refusal` with the status of protocol.md 9.3 (404 unknown path, 405 wrong method, 400
/// validation, 413 data too large). The parameters are as they came, not yet canonical.
api_call parse_api_call(std::string_view method, std::string_view rest, const query_parameters&,
                        std::string_view body, const api_limits&);

/// Attributes of `info` that fit the channel's kind: user_count for presence only,
/// subscription_count for all others, cache for cache channels. Publish leaves the others out; a
/// single channel's query refuses them.
info_request applicable(info_request, std::string_view channel) noexcept;

}  // namespace grapevine::protocol
