#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace grapevine::protocol {

/// Lower-case hex HMAC-SHA256 of the concatenated parts.
std::string hmac_sha256_hex(std::string_view secret, std::initializer_list<std::string_view> parts);

/// Lower-case hex MD5, as the HTTP API's `body_md5` wants it. Works where OpenSSL runs in FIPS mode
/// or fails loudly.
std::string md5_hex(std::string_view data);

/// Base64 with padding (RFC 4648, section 4).
std::string base64(std::string_view bytes);

/// The Sec-WebSocket-Accept value for a Sec-WebSocket-Key (RFC 6455, section 4.2.2).
std::string websocket_accept(std::string_view key);

/// True for one base64 of exactly 16 bytes, as a Sec-WebSocket-Key must be.
bool is_websocket_key(std::string_view key) noexcept;

/// Compares without telling by time where the two differ. Different lengths are unequal at once.
bool constant_time_equal(std::string_view a, std::string_view b) noexcept;

/// The `{key}:{hex}` that an app's auth endpoint gives for (socket, channel) or, with channel data,
/// for (socket, channel, channel data): protocol.md 6. `channel_data` is the raw string; empty
/// means none.
std::string channel_auth(std::string_view key, std::string_view secret, std::string_view socket_id,
                         std::string_view channel, std::string_view channel_data = {});

/// The `{key}:{hex}` for a sign-in: "{socket_id}::user::{user_data}".
std::string user_auth(std::string_view key, std::string_view secret, std::string_view socket_id,
                      std::string_view user_data);

/// Verifies an `auth` a client sent against the app, in constant time over the raw bytes.
bool verify_channel_auth(std::string_view auth, std::string_view key, std::string_view secret,
                         std::string_view socket_id, std::string_view channel,
                         std::string_view channel_data = {});
bool verify_user_auth(std::string_view auth, std::string_view key, std::string_view secret,
                      std::string_view socket_id, std::string_view user_data);

}  // namespace grapevine::protocol
