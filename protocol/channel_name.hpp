#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace grapevine::protocol {

/// Who may subscribe to a channel.
enum class channel_access : std::uint8_t {
  open,      ///< anybody: no signature
  signed_,   ///< private: the app signed (socket, channel)  NOLINT(readability-identifier-naming)
  presence,  ///< the app signed (socket, channel, member)
  user,      ///< `#server-to-user-{id}`: the signed-in user of that id
};

/// What a channel's name says about it; see `classify`.
struct channel_type {
  channel_access access = channel_access::open;
  bool encrypted = false;  ///< payload is opaque, client events are refused
  bool cache = false;      ///< the last server event is kept for later subscribers

  bool presence() const noexcept {
    return access == channel_access::presence;
  }
  bool operator==(const channel_type&) const = default;
};

/// Reads the kind off a name's prefix, longest first and with the dash: "private-cache-x" is a
/// private cache channel, "privateer" a public one (protocol.md 4.1).
channel_type classify(std::string_view name) noexcept;

enum class name_fault : std::uint8_t {
  none,
  empty,
  too_long,
  bad_character,  ///< outside `[A-Za-z0-9_\-=@,.;]`
  reserved,       ///< starts with '#', where that is not allowed
};

/// Checks a name that a client or publisher gave. `#server-to-user-{id}` passes only with
/// `allow_user_channel`, and then only with an id of channel-name characters.
name_fault check_channel_name(std::string_view name, std::size_t length_max,
                              bool allow_user_channel) noexcept;

/// One sentence for a person, for example "Channel name is too long".
std::string_view explain(name_fault) noexcept;

/// The id in "#server-to-user-{id}", or empty when the name is something else.
std::string_view user_of_channel(std::string_view name) noexcept;

}  // namespace grapevine::protocol
