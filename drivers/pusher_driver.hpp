#pragma once

#include "drivers/registry.hpp"

namespace grapevine::drivers {

/// The driver for hosted Pusher, or any server that speaks its HTTP API: `http_driver` with
/// `pusher_target`. Nothing comes in.
std::unique_ptr<driver> make_pusher_driver(net::loop&, const config::settings&,
                                           const driver_settings&, std::string& error);

}  // namespace grapevine::drivers
