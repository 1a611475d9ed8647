#pragma once

#include "protocol/client_message.hpp"
#include "protocol/socket_id.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// The JSON texts a Pusher server sends, byte for byte as protocol.md 1 to 7 shows them. Each
/// returns one text without WebSocket framing. Arguments named `*_json` are JSON texts and inserted
/// as they are; all others are escaped.
namespace grapevine::protocol::server_message {

std::string connection_established(socket_id, std::chrono::seconds activity_timeout);
std::string ping();
std::string pong();
/// `code` absent gives `null`, as for complaints about one subscription.
std::string error(std::optional<int> code, std::string_view message);
std::string subscription_succeeded(std::string_view channel);
/// `presence_json` as made by `presence_data`.
std::string presence_subscription_succeeded(std::string_view channel,
                                            std::string_view presence_json);
std::string subscription_error(std::string_view channel, std::string_view type,
                               std::string_view error, int status);
/// `data` is sent as a JSON string with exactly this content.
std::string event(std::string_view channel, std::string_view event, std::string_view data);
/// `data_json` keeps its JSON type; `user_id` only on presence channels.
std::string client_event(std::string_view channel, std::string_view event,
                         std::string_view data_json, std::optional<std::string_view> user_id);
std::string cache_miss(std::string_view channel);
std::string member_added(std::string_view channel, const presence_member&);
std::string member_removed(std::string_view channel, std::string_view user_id);
std::string subscription_count(std::string_view channel, std::size_t count);
/// `{"presence":{"count":…,"ids":[…],"hash":{…}}}`; a member without info has `{}`. Order of
/// `members` is kept.
std::string presence_data(std::span<const presence_member> members);

}  // namespace grapevine::protocol::server_message
