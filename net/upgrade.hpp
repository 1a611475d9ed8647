#pragma once

#include "net/http_message.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace grapevine::net {

/// Plain HTTP, whatever else its Upgrade header may wish for.
struct no_upgrade {};

/// A valid opening handshake of RFC 6455, section 4.2.1.
struct websocket_upgrade {
  std::string key;
};

/// An opening handshake that is wrong: answered so, and the connection closes.
using upgrade_check = std::variant<no_upgrade, websocket_upgrade, http_response>;

/// Looks for the opening handshake in a request. Pure.
upgrade_check check_upgrade(const http_request&, bool is_http_1_1);

/// The whole 101 answer. No extension and no subprotocol is selected.
std::string switching_protocols(std::string_view key);

}  // namespace grapevine::net
