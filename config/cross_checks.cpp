#include "config/cross_checks.hpp"

#include "config/address.hpp"
#include "config/units.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace grapevine::config {

namespace {

void check_tls(const tls_settings& tls, const std::string& section, draft& into) {
  auto certificate = section + ".certificate";
  auto key = section + ".key";
  if (!tls.certificate.empty() && tls.key.empty() && !into.wrong.contains(key))
    into.complain(into.where(certificate), certificate + " is set without " + key,
                  "name the PEM file of the private key in " + key);
  if (tls.certificate.empty() && !tls.key.empty() && !into.wrong.contains(certificate))
    into.complain(into.where(key), key + " is set without " + certificate,
                  "name the PEM file of the certificate chain in " + certificate);
}

void check_cluster(draft& into) {
  constexpr std::size_t secret_bytes_min = 16;
  const auto& cluster = into.merged.cluster;
  if (!cluster.enabled)
    return;
  check_tls(cluster.tls, "cluster.tls", into);
  if (cluster.tls.enabled() && cluster.tls.ca.empty() && !into.wrong.contains("cluster.tls.ca"))
    into.complain(
        into.where("cluster.tls.certificate"),
        "cluster.tls.certificate is set without cluster.tls.ca",
        "name the PEM file of the authority that signed the nodes' certificates in cluster.tls.ca");
  if (is_loopback(cluster.listen.host) || cluster.tls.enabled()
      || into.wrong.contains("cluster.secret"))
    return;
  if (cluster.secret.empty())
    into.complain(
        into.where("cluster.listen"),
        "cluster.listen " + to_string(cluster.listen)
            + " is open to other machines, but neither cluster.secret nor cluster.tls is set",
        "set cluster.secret (at least 16 bytes, the same on all nodes), use --cluster-secret-file, "
        "or "
        "configure [cluster.tls]");
  else if (cluster.secret.size() < secret_bytes_min)
    into.complain(into.where("cluster.secret"), "cluster.secret is shorter than 16 bytes",
                  "write a longer one, for example the output of: openssl rand -base64 32");
}

void check_listeners(draft& into) {
  std::vector<std::pair<std::string, endpoint>> listeners{
      {"node.listen", into.merged.node.listen},
      {"node.admin_listen", into.merged.node.admin_listen}};
  if (into.merged.cluster.enabled)
    listeners.emplace_back("cluster.listen", into.merged.cluster.listen);
  for (std::size_t i = 0; i < listeners.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (collide(listeners[i].second, listeners[j].second))
        into.complain(into.where(listeners[i].first),
                      listeners[i].first + " " + to_string(listeners[i].second)
                          + " is in the way of " + listeners[j].first + " "
                          + to_string(listeners[j].second),
                      "give " + listeners[i].first + " another port");
  if (!is_loopback(into.merged.node.admin_listen.host))
    into.warnings.push_back(into.where("node.admin_listen") + ": node.admin_listen "
                            + to_string(into.merged.node.admin_listen)
                            + " is open to other machines and asks for no password");
}

void check_app(const std::string& id, const std::string& key, const std::string& where,
               draft& into) {
  // Without any app the missing one is already reported.
  std::vector<std::string> known;
  for (const auto& app : into.merged.apps)
    known.push_back(app.id);
  if (id.empty() || known.empty() || std::find(known.begin(), known.end(), id) != known.end())
    return;
  into.complain(where, key + " " + quoted(id) + " is not the id of a configured app",
                did_you_mean(id, known, "write the id of an [[app]]"));
}

void check_auth(draft& into) {
  const auto& auth = into.merged.auth;
  check_app(auth.app, "auth.app", into.where("auth.app"), into);
  if (auth.jwt_algorithm != "HS256" && auth.jwt_public_key_file.empty()
      && !into.wrong.contains("auth.jwt_public_key_file"))
    into.complain(into.where("auth.jwt_algorithm"),
                  "auth.jwt_algorithm " + auth.jwt_algorithm + " needs a public key",
                  "name its PEM file in auth.jwt_public_key_file");
  if (auth.jwt_algorithm == "HS256" && !auth.jwt_public_key_file.empty()
      && !into.given("auth.jwt_algorithm"))
    into.complain(into.where("auth.jwt_public_key_file"),
                  "auth.jwt_public_key_file is not used by HS256",
                  "set auth.jwt_algorithm to RS256 or ES256");
}

void check_limits(draft& into) {
  using limits = limit_settings;
  constexpr std::array larger{
      std::pair{"limits.request_body", &limits::request_body},
      std::pair{"limits.message", &limits::message},
      std::pair{"limits.outbox", &limits::outbox},
  };
  const auto& values = into.merged.limits;
  for (const auto& [name, member] : larger)
    if (values.*member < values.event_data)
      into.complain(into.where(into.given(name) ? name : "limits.event_data"),
                    std::string{name} + " " + format_size(values.*member)
                        + " has no room for an event of limits.event_data "
                        + format_size(values.event_data),
                    std::string{"raise "} + name + " or lower limits.event_data");
}

/// What is accepted and checked, but has no effect yet.
void warn_of_later_features(draft& into) {
  auto warn = [&](bool configured, const std::string& section, const std::string& instead) {
    if (configured)
      into.warnings.push_back(section + " is configured, but this version " + instead);
  };
  const auto& value = into.merged;
  auto has_webhooks = [](const auto& app) { return !app.webhooks.empty(); };
  warn(value.cluster.enabled, "[cluster]", "runs a single node");
  warn(std::any_of(value.apps.begin(), value.apps.end(), has_webhooks), "[[app.webhook]]",
       "calls no webhooks");
  warn(into.sections.contains("auth"), "[auth]", "serves no native protocol");
  warn(!into.channels.empty(), "[[channel]]",
       "leaves every decision to the app's own auth endpoint");
  warn(!value.broadcast.driver.empty(), "broadcast.driver", "delivers to its own clients only");
  warn(std::any_of(into.bridges.begin(), into.bridges.end(),
                   [](const auto& bridge) { return !bridge.given.empty(); }),
       "[[bridge]]", "runs no bridges");
  for (const auto* name : {"redis", "pusher", "ably"})
    warn(into.sections.contains(name), "[" + std::string{name} + "]", "runs no bridges");
}

}  // namespace

void fill_defaults(draft& into, bool dev, const std::string& hostname) {
  auto& node = into.merged.node;
  into.merged.dev = dev;
  if (dev && !into.given("node.listen"))
    node.listen.host = "127.0.0.1";
  if (dev && !into.given("log.level"))
    into.merged.log.level = "debug";
  if (!into.given("node.name"))
    node.name = hostname + "-" + std::to_string(node.listen.port);
  if (into.given("node.admin_listen"))
    return;
  constexpr unsigned distance = 1000;
  auto port = node.listen.port == 0 ? 0u : node.listen.port + distance;
  if (port > 65535)
    into.complain(into.where("node.listen"),
                  "node.admin_listen has no default: the clients' port "
                      + std::to_string(node.listen.port) + " + 1000 is no port",
                  "set node.admin_listen, for example to \"127.0.0.1:9000\"");
  else
    node.admin_listen = {"127.0.0.1", static_cast<std::uint16_t>(port)};
}

void check_together(draft& into) {
  check_tls(into.merged.node.tls, "node.tls", into);
  check_listeners(into);
  check_cluster(into);
  check_auth(into);
  check_limits(into);
  for (const auto& bridge : into.bridges)
    check_app(bridge.content.app, "bridge.app", bridge.where, into);
  for (auto& rule : into.channels)
    into.merged.channels.push_back(rule.content);
  warn_of_later_features(into);
}

}  // namespace grapevine::config
