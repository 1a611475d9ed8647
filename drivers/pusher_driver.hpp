#pragma once

#include "drivers/registry.hpp"

#include <cstdint>
#include <string>

namespace grapevine::drivers {

/// `[pusher]`
struct pusher_settings {
  std::string app_id;
  std::string key;
  std::string secret;
  std::string cluster = "mt1";
  std::string host;  ///< empty: that of `cluster`
  std::uint16_t port = 443;
  std::string scheme = "https";
  std::string ca;  ///< extra certificate authorities as a PEM file; empty: the system's alone
};

/// A bridge needs all of the account, and another server than this node.
config::driver_section pusher_section();

/// The driver for hosted Pusher, or any server that speaks its HTTP API: `http_driver` with
/// `pusher_target`. Nothing comes in.
std::unique_ptr<driver> make_pusher_driver(net::loop&, const config::section_values&,
                                           const driver_settings&, std::string& error);

}  // namespace grapevine::drivers
