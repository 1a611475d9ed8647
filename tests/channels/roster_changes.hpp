#pragma once

#include "channels/roster_view.hpp"

#include <string>
#include <utility>

/// What the tests of `roster_view` feed it and how they read its news.
namespace grapevine::channels::test {

using namespace cluster;

inline const time_point start{std::chrono::seconds{1000}};
inline constexpr epoch_t here = 10, ben = 20, cat = 30;
inline constexpr std::uint64_t tab1 = 1, tab2 = 2, other = 3;

inline roster_view_settings settings(std::size_t members_max = 100) {
  roster_view_settings s;
  s.self = here;
  s.members_max = members_max;
  return s;
}

inline roster_change comes(epoch_t node, std::string id, std::uint64_t hlc = 1,
                           std::string info = "{}") {
  roster_change change;
  change.node = node;
  change.joins.push_back(
      std::make_shared<const roster_element>(roster_element{std::move(id), std::move(info), hlc}));
  return change;
}

inline roster_change goes(epoch_t node, std::string id, bool moving = false) {
  roster_change change;
  change.node = node;
  change.leaves.push_back({std::move(id), moving});
  return change;
}

inline std::string text(const roster_view::announcements& news) {
  std::string line;
  for (const auto& each : news) {
    if (!line.empty())
      line += ' ';
    line += each.what == roster_view::announcement::kind::added ? "+" : "-";
    line += each.user_id;
  }
  return line;
}

inline constexpr auto normal = roster_cause::normal;
inline constexpr auto departed = roster_cause::departed;
inline constexpr auto died = roster_cause::died;

}  // namespace grapevine::channels::test
