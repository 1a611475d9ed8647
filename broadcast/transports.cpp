#include "broadcast/cluster_transport.hpp"
#include "broadcast/driver_transport.hpp"

namespace grapevine::broadcasting {

transport_maker standard_transports() {
  // Made with the first transport, so that a broadcaster that sends nothing has no thread.
  auto thread = std::make_shared<std::shared_ptr<loop_thread>>();
  return [thread](std::string_view driver, const broadcast_settings& settings,
                  broadcast_result& error) -> std::unique_ptr<transport> {
    if (!*thread)
      *thread = std::make_shared<loop_thread>();
    if (driver == "grapevine")
      return make_cluster_transport(*thread, settings, error);
    return make_driver_transport(*thread, driver, settings, error);
  };
}

}  // namespace grapevine::broadcasting
