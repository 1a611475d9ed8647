#include "broadcast/driver_transport.hpp"

namespace grapevine::broadcasting {

transport_maker standard_transports() {
  // Made with the first transport, so that a broadcaster that sends nothing has no thread.
  auto thread = std::make_shared<std::shared_ptr<loop_thread>>();
  return [thread](std::string_view driver, const broadcast_settings& settings,
                  broadcast_result& error) {
    if (!*thread)
      *thread = std::make_shared<loop_thread>();
    return make_driver_transport(*thread, driver, settings, error);
  };
}

}  // namespace grapevine::broadcasting
