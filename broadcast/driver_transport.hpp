#pragma once

#include "broadcast/loop_thread.hpp"
#include "broadcast/transport.hpp"

namespace grapevine::broadcasting {

/// Events through one of the server's drivers, on the thread of `on`. Its retries and its queue are
/// the driver's: what is still with it when the time is up may yet arrive.
std::unique_ptr<transport> make_driver_transport(std::shared_ptr<loop_thread> on,
                                                 std::string_view driver, const broadcast_settings&,
                                                 broadcast_result& error);

}  // namespace grapevine::broadcasting
