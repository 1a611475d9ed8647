#include "config/variable_reader.hpp"

#include <utility>

namespace grapevine::config {

const variable* variable_reader::find(const std::string& name) {
  const auto found = layer_.find(name);
  if (found == layer_.end())
    return nullptr;
  if (found->second.text.find("${") != std::string::npos && warned_of_.insert(name).second)
    into_.warnings.push_back(found->second.where + ": ${...} in " + name
                             + " is not expanded, but taken as written");
  return &found->second;
}

const variable* variable_reader::find_given(const std::string& name) {
  const auto* found = find(name);
  return found == nullptr || means_none(found->text) ? nullptr : found;
}

void variable_reader::assign(const std::string& key, const std::string& text,
                             const variable& from) {
  into_.assign(key, text_value(text), from.where);
}

void variable_reader::complain(const variable& of, std::string message, std::string fix) {
  into_.complain(of.where, std::move(message), std::move(fix));
}

void variable_reader::complain(const variable& of, const std::string& name, const verdict& faults) {
  into_.complain(of.where, "", name, faults);
}

bool means_none(const std::string& text) {
  return text.empty() || text == "null" || text == "(null)";
}

}  // namespace grapevine::config
