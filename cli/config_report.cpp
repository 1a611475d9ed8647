#include "cli/config_report.hpp"

namespace grapevine::cli {

namespace {

std::string listener(const base::endpoint& where, bool tls) {
  return base::to_string(where) + (tls ? " (TLS)" : "");
}

std::string cluster_line(const config::cluster_settings& cluster) {
  if (!cluster.enabled)
    return "off";
  std::string line = listener(cluster.listen, cluster.tls.enabled()) + ", seeds:";
  if (cluster.seeds.empty())
    return line + " none";
  for (const std::string& seed : cluster.seeds)
    line += " " + seed;
  return line;
}

}  // namespace

std::string describe(const config::settings& settings) {
  std::string text = "configuration is valid\n";
  text += "node:    " + settings.node.name + "\n";
  text += "clients: " + listener(settings.node.listen, settings.node.tls.enabled())
          + settings.node.path_prefix + "\n";
  text += "admin:   " + base::to_string(settings.node.admin_listen) + "\n";
  text += "cluster: " + cluster_line(settings.cluster) + "\n";
  for (const config::app_settings& app : settings.apps)
    text += "app:     " + app.id + (app.enabled ? "" : " (disabled)") + "\n";
  for (const config::bridge_settings& bridge : settings.bridges)
    text += "bridge:  " + bridge.driver + " " + bridge.direction + "\n";
  return text;
}

}  // namespace grapevine::cli
