#include "config/bridges.hpp"

#include "base/endpoint.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace grapevine::config {

namespace {

bool has_inward(const std::string& driver) {
  return driver == "redis";
}

/// A framework that talks to this node calls that "pusher" too, and may share its variables with
/// it: a bridge to ourselves would publish every event again and again.
bool is_this_node(const settings& merged) {
  return merged.pusher.port == merged.node.listen.port
         && (base::is_loopback(merged.pusher.host)
             || merged.pusher.host == merged.node.listen.host);
}

/// broadcast.driver stands for a bridge of all channels, in every direction its driver has.
void add_broadcast_driver(draft& into) {
  const auto& driver = into.merged.broadcast.driver;
  if (driver.empty())
    return;
  auto is_same = [&](const auto& bridge) { return bridge.content.driver == driver; };
  auto found = std::find_if(into.bridges.begin(), into.bridges.end(), is_same);
  auto where = into.where("broadcast.driver");
  if (found != into.bridges.end()) {
    into.warnings.push_back(where + ": the driver " + driver + " adds no bridge: the one at "
                            + found->where + " describes it");
    return;
  }
  if (driver == "pusher" && is_this_node(into.merged)) {
    into.warnings.push_back(where + ": the driver pusher adds no bridge: " + into.merged.pusher.host
                            + ":" + std::to_string(into.merged.pusher.port)
                            + " is this node itself");
    return;
  }
  bridge_settings bridge;
  bridge.driver = driver;
  into.bridges.push_back({std::move(bridge), where, {}, {}});
}

void require(const std::string& text, const std::string& key, const std::string& variable,
             const located<bridge_settings>& bridge, draft& into) {
  if (!text.empty() || into.wrong.contains(key))
    return;
  if (!into.given(key))
    into.complain(bridge.where, "the bridge to " + bridge.content.driver + " needs " + key,
                  "set " + key + " or " + variable);
  else
    into.complain(into.where(key),
                  key + " is empty, but the bridge to " + bridge.content.driver + " needs it",
                  "set " + key + " or " + variable);
}

void check_section(const located<bridge_settings>& bridge, draft& into) {
  const auto& pusher = into.merged.pusher;
  const auto& ably = into.merged.ably;
  if (bridge.content.driver == "pusher") {
    require(pusher.app_id, "pusher.app_id", "PUSHER_APP_ID", bridge, into);
    require(pusher.key, "pusher.key", "PUSHER_APP_KEY", bridge, into);
    require(pusher.secret, "pusher.secret", "PUSHER_APP_SECRET", bridge, into);
    if (is_this_node(into.merged))
      into.complain(bridge.where, "the bridge to pusher leads to this node itself",
                    "set pusher.host to another server, or remove the bridge");
  } else if (bridge.content.driver == "ably") {
    require(ably.key, "ably.key", "ABLY_KEY", bridge, into);
    if (!ably.key.empty() && ably.key.find(':') == std::string::npos)
      into.complain(into.where("ably.key"), "ably.key is not of the form NAME:SECRET",
                    "copy the whole key from Ably's dashboard");
  }
}

}  // namespace

void finish_bridges(draft& into) {
  add_broadcast_driver(into);
  for (auto& bridge : into.bridges) {
    auto& content = bridge.content;
    if (!bridge.given.contains("direction"))
      content.direction = has_inward(content.driver) ? "both" : "out";
    else if (!content.driver.empty() && !bridge.wrong.contains("direction")
             && content.direction != "out" && !has_inward(content.driver))
      into.complain(bridge.where,
                    "a bridge to " + content.driver + " cannot have the direction "
                        + content.direction,
                    R"(write direction = "out"; only redis has an "in")");
    check_section(bridge, into);
    into.merged.bridges.push_back(content);
  }
}

}  // namespace grapevine::config
