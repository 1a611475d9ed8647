#pragma once

#include "cluster/wire/node_info.hpp"

#include <string_view>

namespace grapevine::cluster {

/// A member's state, in SWIM's order of precedence within one incarnation (Das, Gupta & Motivala
/// 2002, section 4.2, with `left` added): a later one overrides an earlier one.
enum class member_state : std::uint8_t { alive, suspect, dead, left };

std::string_view to_string(member_state) noexcept;

/// One statement about one member, as it is gossiped: 60-100 bytes on the wire.
struct rumour {
  std::string name;
  epoch_t epoch = 0;
  std::uint32_t incarnation = 0;
  member_state state = member_state::alive;
  epoch_t from = 0;  ///< who says so; different accusers of one suspect confirm each other
  base::endpoint address;
  std::uint8_t flags = 0;
  std::uint16_t proto_min = 1;
  std::uint16_t proto_max = 1;
  std::uint64_t features = 0;
  bool operator==(const rumour&) const = default;
};

/// True when `news` says something newer than (`epoch`, `incarnation`, `state`) about the same
/// name: a higher epoch wins; in one epoch `left` is final, then the higher incarnation wins, then
/// the higher state.
bool overrides(const rumour& news, epoch_t epoch, std::uint32_t incarnation,
               member_state state) noexcept;

}  // namespace grapevine::cluster
