#pragma once

#include "broadcast/broadcast_item.hpp"

#include <array>
#include <string>
#include <string_view>

namespace grapevine::broadcasting {

/// 24 bytes that are used once with a key.
using encryption_nonce = std::array<unsigned char, 24>;

/// What an event on an encrypted channel carries instead of `data`, the text of a JSON value:
/// {"nonce":"…","ciphertext":"…"}, both in base64; the box is NaCl's secretbox under the channel's
/// key (protocol.md 4.9). Empty where this library was built without libsodium.
std::string encrypted_data(std::string_view data, std::string_view channel,
                           std::string_view master_key, const encryption_nonce&);

/// Encrypts the data of a checked item for an encrypted channel, with a random nonce; leaves others
/// as they are. Says why it cannot be sent: not alone on its channel, as Pusher's SDKs have it, or
/// no key of 32 bytes. Never may such an item go out as it is.
broadcast_result encrypt(broadcast_item&, std::string_view master_key);

}  // namespace grapevine::broadcasting
