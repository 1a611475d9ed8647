#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// What every benchmark publishes, and as whom: the app that `grapevine serve --dev` brings along.
namespace grapevine::bench {

inline constexpr std::string_view app_id = "app-id";
inline constexpr std::string_view app_key = "app-key";
inline constexpr std::string_view app_secret = "app-secret";
inline constexpr std::string_view event_channel = "bench";
inline constexpr std::string_view event_name = "tick";

/// A JSON object of exactly `size` bytes (at least 8), the `data` of each event.
std::string event_data(std::size_t size);

/// Channel `index` of `count`: `event_channel` when there is but one, else names of equal length.
std::string channel_name(std::size_t index, std::size_t count);

/// The body of `POST /apps/{id}/events` for one such event.
std::string publish_body(std::size_t size, std::string_view channel = event_channel);

/// The body of `POST /apps/{id}/batch_events` for `count` of them.
std::string batch_body(std::size_t size, std::size_t count,
                       std::string_view channel = event_channel);

/// The JSON text that each subscriber receives for it; floor and server send the same bytes.
std::string event_message(std::size_t size, std::string_view channel = event_channel);

}  // namespace grapevine::bench
