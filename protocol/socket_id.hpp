#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace grapevine::protocol {

/// Identifies one connection in the whole cluster; never reused. On the wire "node.serial", which
/// every Pusher SDK checks against `^\d+\.\d+$`.
struct socket_id {
  std::uint64_t node = 0;    ///< drawn by the node at start, below 10^15
  std::uint64_t serial = 0;  ///< counts the node's connections; 0 means "no socket"

  auto operator<=>(const socket_id&) const = default;
  explicit operator bool() const noexcept {
    return serial != 0;
  }
};

/// Writes "node.serial" in decimal.
std::string to_string(const socket_id&);

/// True for any text of the form `^\d+\.\d+$`, which is what the HTTP API accepts as `socket_id`,
/// of at most 64 characters.
bool is_socket_id(std::string_view text) noexcept;

/// Reads "node.serial"; nothing when the form is wrong. A well-formed id too large to be one of
/// ours reads as {0, 0}, which no socket has.
std::optional<socket_id> parse_socket_id(std::string_view text) noexcept;

}  // namespace grapevine::protocol

template <>
struct std::hash<grapevine::protocol::socket_id> {
  std::size_t operator()(const grapevine::protocol::socket_id& x) const noexcept {
    return std::hash<std::uint64_t>{}(x.node * 0x9E3779B97F4A7C15u ^ x.serial);
  }
};
