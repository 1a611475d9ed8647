#include "drivers/pusher_driver.hpp"

#include "base/endpoint.hpp"
#include "config/bridge_check.hpp"
#include "config/rules.hpp"
#include "drivers/http_driver.hpp"
#include "drivers/pusher_target.hpp"
#include "net/client_tls.hpp"

#include <utility>

namespace grapevine::drivers {

namespace {

/// A framework that talks to this node calls that "pusher" too, and may share its variables with
/// it: a bridge to ourselves would publish every event again and again.
std::string own_address(const config::settings& all) {
  const auto& to = all.sections.get<pusher_settings>();
  const auto& listen = all.node.listen;
  if (to.port == listen.port && (base::is_loopback(to.host) || to.host == listen.host))
    return to.host + ":" + std::to_string(to.port);
  return {};
}

void check_bridge(config::bridge_check& check) {
  const auto& section = check.section<pusher_settings>();
  check.require("app_id", section.app_id);
  check.require("key", section.key);
  check.require("secret", section.secret);
  if (!own_address(check.all()).empty())
    check.complain(
        {"leads to this node itself", "set pusher.host to another server, or remove the bridge"});
}

}  // namespace

config::driver_section pusher_section() {
  using config::key;
  using config::text_rule;
  using s = pusher_settings;
  const text_rule scheme{config::one_of({"https", "http"})};
  const std::vector<config::field<s>> keys{
      key("app_id", text_rule{}, &s::app_id).known_as("PUSHER_APP_ID"),
      key("key", text_rule{}, &s::key).known_as("PUSHER_APP_KEY"),
      key("secret", text_rule{}, &s::secret).known_as("PUSHER_APP_SECRET"),
      key("cluster", text_rule{config::host_name}, &s::cluster).known_as("PUSHER_APP_CLUSTER"),
      key("host", text_rule{config::host_name}, &s::host).known_as("PUSHER_HOST"),
      key("port", config::port_rule, &s::port).known_as("PUSHER_PORT"),
      key("scheme", scheme, &s::scheme).known_as("PUSHER_SCHEME"),
      key("ca", text_rule{}, &s::ca),
  };
  auto section = config::section_of("pusher", keys);
  section.check_bridge = check_bridge;
  section.own_address = own_address;
  return section;
}

std::unique_ptr<driver> make_pusher_driver(net::loop& on, const config::section_values& sections,
                                           const driver_settings& how, std::string& error) {
  const auto& section = sections.get<pusher_settings>();
  net::http_client_settings to;
  to.host = section.host.empty() ? "api-" + section.cluster + ".pusher.com" : section.host;
  to.port = section.port;
  if (section.scheme == "https") {
    to.tls = net::client_tls::load(section.ca, error);
    if (!to.tls)
      return nullptr;
  }
  auto side = "pusher " + to.host + ":" + std::to_string(to.port) + " " + section.app_id;
  auto target =
      std::make_unique<pusher_target>(pusher_account{section.app_id, section.key, section.secret});
  return std::make_unique<http_driver>(on, std::move(to), std::move(target), std::move(side),
                                       how.queue_bytes_max, how.seed);
}

}  // namespace grapevine::drivers
