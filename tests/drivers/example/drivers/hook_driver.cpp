#include "drivers/hook_driver.hpp"

#include "base/json_text.hpp"
#include "config/bridge_check.hpp"
#include "config/rules.hpp"
#include "drivers/http_driver.hpp"
#include "net/client_tls.hpp"

#include <utility>
#include <variant>

namespace grapevine::drivers {

namespace {

/// Which requests an event becomes, and what their answers mean.
class hook_target final : public http_target {
public:
  explicit hook_target(const hook_settings& section) : path_{section.path} {
    headers_.emplace_back("Content-Type", "application/json");
    if (!section.token.empty())
      headers_.emplace_back("Authorization", "Bearer " + section.token);
  }

  std::optional<outcome> check(const outgoing_event&) const override {
    return std::nullopt;
  }
  std::size_t steps(const outgoing_event&) const override {
    return 1;
  }
  net::outgoing_request request(const outgoing_event& event, std::size_t, std::string_view id,
                                std::chrono::seconds) const override {
    net::outgoing_request request;
    request.target = path_;
    request.headers = headers_;
    request.body = R"({"id":)" + base::json_quoted(id) + R"(,"event":)"
                   + base::json_quoted(event.event) + R"(,"data":)" + base::json_quoted(event.data)
                   + R"(,"channels":[)";
    for (const auto& channel : event.channels)
      request.body += (request.body.back() == '[' ? "" : ",") + base::json_quoted(channel);
    request.body += "]}";
    return request;
  }
  judgement judge(const net::request_result& result) const override {
    if (const auto* failure = std::get_if<net::request_failure>(&result))
      return judge_failure(*failure);
    const auto& answer = std::get<net::incoming_answer>(result);
    return judge_status(answer.status, answer.header("retry-after"), answer.body);
  }

private:
  std::string path_;
  std::vector<std::pair<std::string, std::string>> headers_;
};

std::optional<config::fault> path(const std::string& text) {
  if (text.starts_with('/') && text.find_first_of(" ?#") == std::string::npos)
    return config::any_text(text);
  return config::fault{"must be a path, not " + config::quoted(text),
                       "write for example \"/events\""};
}

void check_bridge(config::bridge_check& check) {
  check.require("host", check.section<hook_settings>().host);
}

}  // namespace

config::driver_section hook_section() {
  using config::key;
  using config::text_rule;
  using s = hook_settings;
  const text_rule scheme{config::one_of({"https", "http"})};
  const std::vector<config::field<s>> keys{
      key("host", text_rule{config::host_name}, &s::host),
      key("port", config::port_rule, &s::port),
      key("scheme", scheme, &s::scheme),
      key("path", text_rule{path}, &s::path),
      key("token", text_rule{}, &s::token).known_as("HOOK_TOKEN"),
  };
  auto section = config::section_of("hook", keys);
  section.check_bridge = check_bridge;
  return section;
}

std::unique_ptr<driver> make_hook_driver(net::loop& on, const config::section_values& sections,
                                         const driver_settings& how, std::string& error) {
  const auto& section = sections.get<hook_settings>();
  net::http_client_settings to;
  to.host = section.host;
  to.port = section.port;
  if (section.scheme == "https") {
    to.tls = net::client_tls::load({}, error);
    if (!to.tls)
      return nullptr;
  }
  auto side = "hook " + to.host + ":" + std::to_string(to.port);
  return std::make_unique<http_driver>(on, std::move(to), std::make_unique<hook_target>(section),
                                       std::move(side), how.queue_bytes_max, how.seed);
}

}  // namespace grapevine::drivers
