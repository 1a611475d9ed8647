#include "config/draft.hpp"

#include "config/suggestion.hpp"

#include <algorithm>
#include <utility>

namespace grapevine::config {

draft::draft(const std::vector<driver_section>& known)
    : drivers{known}, fields{setting_fields(known)} {}

void draft::complain(std::string where, std::string message, std::string fix) {
  problems.push_back({std::move(where), std::move(message), std::move(fix)});
}

void draft::complain(const std::string& where, const std::string& file, const std::string& key,
                     const verdict& faults) {
  for (const auto& one : faults)
    complain(one.line == 0 ? where : at_line(file, one.line), key + " " + one.message, one.fix);
}

bool draft::assign(const std::string& key, const value& from, const std::string& where,
                   const std::string& file) {
  auto found =
      std::find_if(fields.begin(), fields.end(), [&](const auto& one) { return one.name == key; });
  if (found == fields.end())
    return false;
  auto faults = found->read(from, merged);
  complain(where, file, key, faults);
  if (!faults.empty())
    wrong.insert(key);
  origins[key] = where;
  if (key.starts_with("cluster."))
    merged.cluster.enabled = true;
  return true;
}

std::string draft::where(const std::string& key) const {
  auto found = origins.find(key);
  return found == origins.end() ? "configuration" : found->second;
}

const driver_section* draft::find_driver(const std::string& name) const {
  const auto found = std::find_if(drivers.begin(), drivers.end(),
                                  [&](const auto& one) { return one.name == name; });
  return found == drivers.end() ? nullptr : &*found;
}

std::string at_line(const std::string& file, unsigned line) {
  return file + ":" + std::to_string(line);
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates,
                         std::string otherwise) {
  auto near = suggest(word, candidates);
  return near.empty() ? std::move(otherwise) : "did you mean " + near + "?";
}

}  // namespace grapevine::config
