#pragma once

#include "config/fault.hpp"
#include "config/settings.hpp"
#include "config/value.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace grapevine::config {

struct driver_section;

/// One key of a table: its name, and how a value of it is checked and stored.
template <class Table>
struct field {
  std::string name;
  std::function<verdict(const value&, Table&)> read;
  /// What others call it in the environment, such as "PUSHER_HOST": read besides GRAPEVINE_'s own
  /// name, which wins. Empty: they do not.
  std::string variable = {};

  field known_as(std::string name_of_others) && {
    variable = std::move(name_of_others);
    return std::move(*this);
  }
};

/// Describes a key: its name, its rule and the way to the member that holds it.
template <class Rule, class Table, class First, class... Rest>
field<Table> key(std::string name, Rule rule, First Table::*first, Rest... rest) {
  return {std::move(name),
          [=](const value& from, Table& table) { return rule(from, ((table.*first).*....*rest)); }};
}

/// Every key outside the lists of tables, with its whole path ("node.tls.key"): this server's own,
/// for which this is the one place to add one, and those of the drivers.
std::vector<field<settings>> setting_fields(const std::vector<driver_section>&);

// The keys of one table of each list, without their path.
const std::vector<field<app_settings>>& app_fields();
const std::vector<field<webhook_settings>>& webhook_fields();
const std::vector<field<channel_rule_settings>>& channel_rule_fields();
std::vector<field<bridge_settings>> bridge_fields(const std::vector<driver_section>&);

/// The names in a list of fields.
template <class Table>
std::vector<std::string> names_of(const std::vector<field<Table>>& fields) {
  std::vector<std::string> result;
  result.reserve(fields.size());
  for (const auto& one : fields)
    result.push_back(one.name);
  return result;
}

}  // namespace grapevine::config
