#pragma once

#include "drivers/registry.hpp"

#include <cstdint>
#include <string>

namespace grapevine::drivers {

/// `[hook]`
struct hook_settings {
  std::string host;
  std::uint16_t port = 443;
  std::string scheme = "https";
  std::string path = "/events";
  std::string token;  ///< sent as "Authorization: Bearer"; empty: none is
};

/// A bridge needs a host.
config::driver_section hook_section();

/// The driver that posts each event to a web server, as one JSON object. Nothing comes in.
std::unique_ptr<driver> make_hook_driver(net::loop&, const config::section_values&,
                                         const driver_settings&, std::string& error);

}  // namespace grapevine::drivers
