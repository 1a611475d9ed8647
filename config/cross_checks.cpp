#include "config/cross_checks.hpp"

#include "config/address.hpp"
#include "config/text_checks.hpp"
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

/// A node that nobody can dial or that carries a name nobody admits is of no use to the others.
void check_identity(draft& into) {
  const auto& cluster = into.merged.cluster;
  if (const auto& name = into.merged.node.name;
      !is_peer_name(name) && !into.wrong.contains("node.name"))
    into.complain(into.where("node.name"),
                  "node.name " + quoted(name)
                      + " is no name in a cluster: 1 to 64 letters, digits, '.', '_' and '-'",
                  "set node.name, for example to \"n1\"");
  if (into.wrong.contains("cluster.listen") || into.wrong.contains("cluster.advertise"))
    return;
  if (const auto told = base::parse_endpoint(cluster.advertise); told && base::is_any(told->host))
    into.complain(
        into.where(into.given("cluster.advertise") ? "cluster.advertise" : "cluster.listen"),
        "the other nodes would be told to connect to " + cluster.advertise
            + ", which is no address of this machine",
        "set cluster.advertise to the address at which they reach it, for example "
        "\"10.0.0.1:"
            + std::to_string(told->port) + "\"");
}

void check_cluster_bounds(draft& into) {
  const auto& cluster = into.merged.cluster;
  const auto either = [&](const char* first, const char* second) {
    return into.where(into.given(first) ? first : second);
  };
  if (cluster.probe_timeout >= cluster.probe_interval)
    into.complain(either("cluster.probe_timeout", "cluster.probe_interval"),
                  "cluster.probe_timeout " + format_duration(cluster.probe_timeout)
                      + " leaves nothing of cluster.probe_interval "
                      + format_duration(cluster.probe_interval) + " to ask other nodes",
                  "lower cluster.probe_timeout or raise cluster.probe_interval");
  if (cluster.peer_window > cluster.peer_queue)
    into.complain(either("cluster.peer_window", "cluster.peer_queue"),
                  "cluster.peer_window " + format_size(cluster.peer_window)
                      + " is more than cluster.peer_queue " + format_size(cluster.peer_queue),
                  "lower cluster.peer_window or raise cluster.peer_queue");
  if (cluster.queues_total < cluster.peer_queue)
    into.complain(either("cluster.queues_total", "cluster.peer_queue"),
                  "cluster.queues_total " + format_size(cluster.queues_total)
                      + " is less than cluster.peer_queue " + format_size(cluster.peer_queue),
                  "raise cluster.queues_total or lower cluster.peer_queue");
}

void check_cluster(draft& into) {
  const auto& cluster = into.merged.cluster;
  if (!cluster.enabled)
    return;
  check_identity(into);
  check_cluster_bounds(into);
  check_tls(cluster.tls, "cluster.tls", into);
  if (cluster.tls.enabled() && cluster.tls.ca.empty() && !into.wrong.contains("cluster.tls.ca"))
    into.complain(
        into.where("cluster.tls.certificate"),
        "cluster.tls.certificate is set without cluster.tls.ca",
        "name the PEM file of the authority that signed the nodes' certificates in cluster.tls.ca");
  if (base::is_loopback(cluster.listen.host) || cluster.tls.enabled()
      || into.wrong.contains("cluster.secret"))
    return;
  if (cluster.secrets.empty())
    into.complain(
        into.where("cluster.listen"),
        "cluster.listen " + base::to_string(cluster.listen)
            + " is open to other machines, but neither cluster.secret nor cluster.tls is set",
        "set cluster.secret (at least 16 bytes, the same on all nodes), use --cluster-secret-file, "
        "or "
        "configure [cluster.tls]");
}

void check_listeners(draft& into) {
  std::vector<std::pair<std::string, base::endpoint>> listeners{
      {"node.listen", into.merged.node.listen},
      {"node.admin_listen", into.merged.node.admin_listen}};
  if (into.merged.cluster.enabled)
    listeners.emplace_back("cluster.listen", into.merged.cluster.listen);
  for (std::size_t i = 0; i < listeners.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (collide(listeners[i].second, listeners[j].second))
        into.complain(into.where(listeners[i].first),
                      listeners[i].first + " " + base::to_string(listeners[i].second)
                          + " is in the way of " + listeners[j].first + " "
                          + base::to_string(listeners[j].second),
                      "give " + listeners[i].first + " another port");
  if (!base::is_loopback(into.merged.node.admin_listen.host))
    into.warnings.push_back(into.where("node.admin_listen") + ": node.admin_listen "
                            + base::to_string(into.merged.node.admin_listen)
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
  warn(std::any_of(value.apps.begin(), value.apps.end(), has_webhooks), "[[app.webhook]]",
       "calls no webhooks");
  warn(into.sections.contains("auth"), "[auth]", "serves no native protocol");
  warn(!into.channels.empty(), "[[channel]]",
       "leaves every decision to the app's own auth endpoint");
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
  if (auto& cluster = into.merged.cluster; cluster.advertise.empty())
    cluster.advertise = base::to_string(cluster.listen);
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
