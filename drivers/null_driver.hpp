#pragma once

#include "drivers/registry.hpp"

namespace grapevine::drivers {

/// The driver that accepts every event and discards it. Always up, without a queue.
std::unique_ptr<driver> make_null_driver(net::loop&, const config::settings&,
                                         const driver_settings&, std::string& error);

}  // namespace grapevine::drivers
