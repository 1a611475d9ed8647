#pragma once

#include "config/load.hpp"
#include "drivers/registry.hpp"

#include <string>
#include <vector>

namespace grapevine::config {

using lines = std::vector<std::string>;

/// As the program loads: with the sections of all its drivers.
inline load_result load(const sources& from) {
  return load(from, drivers::sections());
}

/// A problem as the program prints it.
inline std::string print(const problem& one) {
  return one.where + ": " + one.message + (one.fix.empty() ? "" : "; " + one.fix);
}

inline lines print(const std::vector<problem>& problems) {
  lines result;
  for (const auto& one : problems)
    result.push_back(print(one));
  return result;
}

/// Sources with one app, so that only what a test adds can be wrong.
inline sources with_app(std::string toml = {}) {
  sources result;
  result.toml = std::move(toml);
  result.apps = {"some:app:s3cret"};
  return result;
}

/// The printed problems of a configuration file, beside which an app is configured.
inline lines problems_of(std::string toml) {
  return print(load(with_app(std::move(toml))).problems);
}

inline lines problems_of(const sources& from) {
  return print(load(from).problems);
}

}  // namespace grapevine::config
