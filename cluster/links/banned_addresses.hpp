#pragma once

#include "cluster/types.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace grapevine::cluster {

/// Addresses that send what no node sends: three times in a minute, and they are refused for 30 s.
/// Bounded: the oldest entries make room.
class banned_addresses {
public:
  void note(std::string_view address, time_point now);
  bool refused(std::string_view address, time_point now) const;

private:
  static constexpr std::size_t addresses_max = 1024;

  struct record {
    std::vector<time_point> offences;
    time_point refused_until{};
  };
  void make_room(time_point now);

  std::map<std::string, record, std::less<>> by_address_;
};

}  // namespace grapevine::cluster
