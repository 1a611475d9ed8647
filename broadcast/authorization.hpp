#pragma once

#include <grapevine/callback.hpp>
#include <grapevine/channel_registry.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace grapevine::broadcasting {

/// The answer of the auth endpoint for somebody who may subscribe: signed as protocol.md 6 says,
/// with `channel_data` for a presence channel and, with a master key, `shared_secret` for an
/// encrypted one.
auth_answer sign(const signing_key&, std::string_view user_id, const detail::verdict&,
                 std::string_view socket_id, std::string_view channel);

constexpr std::size_t master_key_size = 32;
constexpr std::size_t channel_key_size = 32;

/// The key of an encrypted channel, SHA-256(channel, then the 32-byte master key): protocol.md 4.9.
std::string channel_key(std::string_view channel, std::string_view master_key);

/// The same in base64, as the browser gets it.
std::string shared_secret(std::string_view channel, std::string_view master_key);

/// The bytes of a base64 text (RFC 4648, section 4), with padding. False leaves `out` untouched.
bool decode_base64(std::string_view text, std::string& out);

/// An answer that is not signed.
auth_answer refuse_auth(int status, std::string_view error, std::string reason);

}  // namespace grapevine::broadcasting
