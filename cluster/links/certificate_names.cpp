#include "cluster/links/certificate_names.hpp"

#include <algorithm>

namespace grapevine::cluster {

namespace {

bool matches(std::string_view name, std::string_view pattern) {
  if (!pattern.starts_with("*."))
    return name == pattern;
  const auto dot = name.find('.');
  return dot != 0 && dot != std::string_view::npos && name.substr(dot) == pattern.substr(1);
}

}  // namespace

bool certifies(const std::vector<std::string>& names, std::string_view node,
               const std::vector<std::string>& allowed) {
  return std::ranges::any_of(names, [&](const std::string& name) {
    return name == node || std::ranges::any_of(allowed, [&](const std::string& pattern) {
             return matches(name, pattern);
           });
  });
}

}  // namespace grapevine::cluster
