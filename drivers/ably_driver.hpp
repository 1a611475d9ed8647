#pragma once

#include "drivers/registry.hpp"

namespace grapevine::drivers {

/// The driver for Ably: `http_driver` with `ably_target`. Nothing comes in.
std::unique_ptr<driver> make_ably_driver(net::loop&, const config::settings&,
                                         const driver_settings&, std::string& error);

}  // namespace grapevine::drivers
