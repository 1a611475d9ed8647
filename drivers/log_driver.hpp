#pragma once

#include "drivers/registry.hpp"

namespace grapevine::drivers {

/// The line of the log that shows an event, its values as JSON so that none can forge a second
/// line: `Broadcast event="OrderShipped" channels=["orders"] data={"id":7}`, with `socket="1.2"`
/// before `data` when that socket is left out. Text that is no JSON becomes a JSON string; longer
/// data is cut after 64 KiB and says so.
std::string log_line(const outgoing_event&);

/// Has no section.
config::driver_section log_section();

/// The driver that writes one line per event to the log, at the level "info". Always up, without a
/// queue.
std::unique_ptr<driver> make_log_driver(net::loop&, const config::section_values&,
                                        const driver_settings&, std::string& error);

}  // namespace grapevine::drivers
