#include "drivers/ably_driver.hpp"

#include "config/bridge_check.hpp"
#include "config/rules.hpp"
#include "drivers/ably_target.hpp"
#include "drivers/http_driver.hpp"
#include "net/client_tls.hpp"

#include <utility>

namespace grapevine::drivers {

namespace {

void check_bridge(config::bridge_check& check) {
  const auto& key = check.section<ably_settings>().key;
  check.require("key", key);
  if (!key.empty() && key.find(':') == std::string::npos)
    check.complain("key",
                   {"is not of the form NAME:SECRET", "copy the whole key from Ably's dashboard"});
}

}  // namespace

config::driver_section ably_section() {
  using config::key;
  using config::text_rule;
  using s = ably_settings;
  const text_rule scheme{config::one_of({"https", "http"})};
  const std::vector<config::field<s>> keys{
      key("key", text_rule{}, &s::key).known_as("ABLY_KEY"),
      key("host", text_rule{config::host_name}, &s::host).known_as("ABLY_HOST"),
      key("port", config::port_rule, &s::port).known_as("ABLY_PORT"),
      key("scheme", scheme, &s::scheme).known_as("ABLY_SCHEME"),
      key("ca", text_rule{}, &s::ca),
  };
  auto section = config::section_of("ably", keys);
  section.check_bridge = check_bridge;
  return section;
}

std::unique_ptr<driver> make_ably_driver(net::loop& on, const config::section_values& sections,
                                         const driver_settings& how, std::string& error) {
  const auto& section = sections.get<ably_settings>();
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
