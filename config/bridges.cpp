#include "config/bridges.hpp"

#include "config/bridge_check.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace grapevine::config {

namespace {

/// broadcast.driver stands for a bridge of all channels, in every direction its driver has.
void add_broadcast_driver(draft& into) {
  const auto* driver = into.find_driver(into.merged.broadcast.driver);
  if (driver == nullptr)
    return;
  const auto where = into.where("broadcast.driver");
  const auto no_bridge = where + ": the driver " + driver->name + " adds no bridge: ";
  const auto described =
      std::find_if(into.bridges.begin(), into.bridges.end(),
                   [&](const auto& bridge) { return bridge.content.driver == driver->name; });
  if (described != into.bridges.end()) {
    into.warnings.push_back(no_bridge + "the one at " + described->where + " describes it");
    return;
  }
  if (driver->own_address)
    if (const auto address = driver->own_address(into.merged); !address.empty()) {
      into.warnings.push_back(no_bridge + address + " is this node itself");
      return;
    }
  bridge_settings bridge;
  bridge.driver = driver->name;
  into.bridges.push_back({std::move(bridge), where, {}, {}});
}

std::string who_has_inward(const std::vector<driver_section>& drivers) {
  std::vector<std::string> names;
  for (const auto& one : drivers)
    if (one.inward)
      names.push_back(one.name);
  return names.empty() ? "" : "; only " + alternatives(names) + R"( has an "in")";
}

void settle_direction(located<bridge_settings>& bridge, bool inward, draft& into) {
  auto& content = bridge.content;
  if (!bridge.given.contains("direction"))
    content.direction = inward ? "both" : "out";
  else if (!inward && !content.driver.empty() && !bridge.wrong.contains("direction")
           && content.direction != "out")
    into.complain(bridge.where,
                  "a bridge to " + content.driver + " cannot have the direction "
                      + content.direction,
                  R"(write direction = "out")" + who_has_inward(into.drivers));
}

}  // namespace

void finish_bridges(draft& into) {
  add_broadcast_driver(into);
  if (into.bridges.size() > bridges_max)
    into.complain(into.bridges[bridges_max].where,
                  "there are " + std::to_string(into.bridges.size()) + " bridges, and a node has "
                      + std::to_string(bridges_max) + " at most",
                  "give one bridge more patterns in channels, or remove some");
  for (auto& bridge : into.bridges) {
    const auto* driver = into.find_driver(bridge.content.driver);
    settle_direction(bridge, driver != nullptr && driver->inward, into);
    if (driver != nullptr && driver->check_bridge) {
      bridge_check check{bridge, *driver, into};
      driver->check_bridge(check);
    }
    into.merged.bridges.push_back(bridge.content);
  }
}

}  // namespace grapevine::config
