#include "config/bridge_check.hpp"

#include "config/variable_layer.hpp"

namespace grapevine::config {

namespace {

/// The variable to tell a person of who has to set `key`.
std::string variable_of(const std::string& key, const driver_section& driver) {
  for (const auto& one : driver.fields)
    if (one.name == key && !one.variable.empty())
      return one.variable;
  return environment_name(key);
}

}  // namespace

void bridge_check::require(const std::string& key, const std::string& text) {
  const auto path = driver_.name + "." + key;
  if (!text.empty() || into_.wrong.contains(path))
    return;
  const auto bridge = "the bridge to " + driver_.name;
  const auto fix = "set " + path + " or " + variable_of(path, driver_);
  if (into_.given(path))
    into_.complain(into_.where(path), path + " is empty, but " + bridge + " needs it", fix);
  else
    into_.complain(bridge_.where, bridge + " needs " + path, fix);
}

void bridge_check::complain(const fault& what) {
  into_.complain(bridge_.where, "the bridge to " + driver_.name + " " + what.message, what.fix);
}

void bridge_check::complain(const std::string& key, const fault& what) {
  const auto path = driver_.name + "." + key;
  into_.complain(into_.where(path), path + " " + what.message, what.fix);
}

}  // namespace grapevine::config
