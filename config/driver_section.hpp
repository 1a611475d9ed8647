#pragma once

#include "config/field.hpp"
#include "config/settings.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace grapevine::config {

class bridge_check;
class variable_reader;

/// A driver as the configuration sees it: what `bridge.driver` and `broadcast.driver` may name, and
/// the section that says how to reach its other side. Its owner writes it; this folder knows none.
struct driver_section {
  /// Of the driver and of its section. No other section is called so.
  std::string name = {};
  bool inward = false;  ///< a bridge to it may have the direction "in"
  /// The section's keys with their whole paths; see `section_of`. None: there is no section.
  std::vector<field<settings>> fields = {};
  /// Reads those variables of one layer that `field::known_as` cannot express; may be null.
  std::function<void(variable_reader&)> read_variables = {};
  /// Checks a bridge and what the section lacks for it, once the sources are merged; may be null.
  std::function<void(bridge_check&)> check_bridge = {};
  /// The address in the section if that is this very node's, else empty: `broadcast.driver` then
  /// adds no bridge. Null: never.
  std::function<std::string(const settings&)> own_address = {};
};

/// The driver `name` with a section that a `Section` holds, whose members give the defaults. The
/// names of `keys` are those inside of the section.
template <class Section>
driver_section section_of(const std::string& name, const std::vector<field<Section>>& keys) {
  driver_section result;
  result.name = name;
  for (const auto& one : keys)
    result.fields.push_back({name + "." + one.name,
                             [read = one.read](const value& from, settings& all) {
                               return read(from, all.sections.edit<Section>());
                             },
                             one.variable});
  return result;
}

}  // namespace grapevine::config
