#pragma once

#include "drivers/registry.hpp"

#include <cstdint>
#include <string>

namespace grapevine::drivers {

/// `[ably]`
struct ably_settings {
  std::string key;  ///< "appId.keyId:secret"
  std::string host = "main.realtime.ably.net";
  std::uint16_t port = 443;
  std::string scheme = "https";
  std::string ca;  ///< extra certificate authorities as a PEM file; empty: the system's alone
};

/// A bridge needs a key with its secret.
config::driver_section ably_section();

/// The driver for Ably: `http_driver` with `ably_target`. Nothing comes in.
std::unique_ptr<driver> make_ably_driver(net::loop&, const config::section_values&,
                                         const driver_settings&, std::string& error);

}  // namespace grapevine::drivers
