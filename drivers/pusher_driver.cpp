#include "drivers/pusher_driver.hpp"

#include "config/settings.hpp"
#include "drivers/http_driver.hpp"
#include "drivers/pusher_target.hpp"
#include "net/client_tls.hpp"

#include <utility>

namespace grapevine::drivers {

std::unique_ptr<driver> make_pusher_driver(net::loop& on, const config::settings& settings,
                                           const driver_settings& how, std::string& error) {
  const auto& section = settings.pusher;
  net::http_client_settings to;
  to.host = section.host.empty() ? "api-" + section.cluster + ".pusher.com" : section.host;
  to.port = section.port;
  if (section.scheme == "https") {
    to.tls = net::client_tls::load(section.ca, error);
    if (!to.tls)
      return nullptr;
  }
  auto side = "pusher " + to.host + ":" + std::to_string(to.port) + " " + section.app_id;
  return std::make_unique<http_driver>(on, std::move(to), std::make_unique<pusher_target>(section),
                                       std::move(side), how.queue_bytes_max, how.seed);
}

}  // namespace grapevine::drivers
