#pragma once

#include <grapevine/callback.hpp>
#include <grapevine/channel_registry.hpp>

#include <string_view>

namespace grapevine::broadcasting {

/// The answer of the auth endpoint for somebody who may subscribe: signed as protocol.md 6 says,
/// with `channel_data` for a presence channel and, with a master key, `shared_secret` for an
/// encrypted one.
auth_answer sign(const signing_key&, std::string_view user_id, const detail::verdict&,
                 std::string_view socket_id, std::string_view channel);

/// base64(SHA-256(channel, then the 32-byte master key)): protocol.md 4.9.
std::string shared_secret(std::string_view channel, std::string_view master_key);

/// The bytes of a base64 text (RFC 4648, section 4), with padding. False leaves `out` untouched.
bool decode_base64(std::string_view text, std::string& out);

/// An answer that is not signed.
auth_answer refuse_auth(int status, std::string_view error, std::string reason);

}  // namespace grapevine::broadcasting
