#include "drivers/ably_driver.hpp"

#include "config/settings.hpp"
#include "drivers/ably_target.hpp"
#include "drivers/http_driver.hpp"
#include "net/client_tls.hpp"

#include <utility>

namespace grapevine::drivers {

std::unique_ptr<driver> make_ably_driver(net::loop& on, const config::settings& settings,
                                         const driver_settings& how, std::string& error) {
  const auto& section = settings.ably;
  net::http_client_settings to;
  to.host = section.host;
  to.port = section.port;
  if (section.scheme == "https") {
    to.tls = net::client_tls::load(section.ca, error);
    if (!to.tls)
      return nullptr;
  }
  auto side = "ably " + to.host + ":" + std::to_string(to.port);
  return std::make_unique<http_driver>(on, std::move(to),
                                       std::make_unique<ably_target>(section.key), std::move(side),
                                       how.queue_bytes_max, how.seed);
}

}  // namespace grapevine::drivers
