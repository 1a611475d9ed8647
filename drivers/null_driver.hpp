#pragma once

#include "drivers/registry.hpp"

namespace grapevine::drivers {

/// Has no section.
config::driver_section null_section();

/// The driver that accepts every event and discards it. Always up, without a queue.
std::unique_ptr<driver> make_null_driver(net::loop&, const config::section_values&,
                                         const driver_settings&, std::string& error);

}  // namespace grapevine::drivers
