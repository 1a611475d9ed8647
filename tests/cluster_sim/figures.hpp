#pragma once

#include "cluster/types.hpp"

#include <map>
#include <ostream>
#include <string>
#include <vector>

namespace grapevine::cluster::sim {

/// Times that were measured, by what they are of.
class figures {
public:
  void add(const std::string& what, duration);
  void add(const figures&);

  std::size_t count(const std::string& what) const;
  /// The smallest time that `share` of all do not exceed; zero if there are none.
  duration percentile(const std::string& what, double share) const;
  /// A line for each: how many, p50, p99 and the longest, in milliseconds.
  void print(std::ostream&) const;

private:
  std::map<std::string, std::vector<duration>> times_;
};

}  // namespace grapevine::cluster::sim
