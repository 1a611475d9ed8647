#include "protocol/channel_name.hpp"

#include <algorithm>
#include <array>

namespace grapevine::protocol {

namespace {

constexpr std::string_view user_channel_prefix = "#server-to-user-";

struct prefix_rule {
  std::string_view prefix;
  channel_type type;
};

/// Longest first: the first that fits decides.
constexpr std::array prefix_rules{
    prefix_rule{"private-encrypted-cache-", {channel_access::signed_, true, true}},
    prefix_rule{"private-encrypted-", {channel_access::signed_, true, false}},
    prefix_rule{"private-cache-", {channel_access::signed_, false, true}},
    prefix_rule{"private-", {channel_access::signed_, false, false}},
    prefix_rule{"presence-cache-", {channel_access::presence, false, true}},
    prefix_rule{"presence-", {channel_access::presence, false, false}},
    prefix_rule{"cache-", {channel_access::open, false, true}},
    prefix_rule{user_channel_prefix, {channel_access::user, false, false}},
};

/// Spelt out because the <cctype> functions follow the locale.
constexpr bool is_name_character(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')
         || std::string_view{"_-=@,.;"}.find(c) != std::string_view::npos;
}

}  // namespace

channel_type classify(std::string_view name) noexcept {
  auto rule = std::ranges::find_if(
      prefix_rules, [name](const prefix_rule& r) { return name.starts_with(r.prefix); });
  return rule == prefix_rules.end() ? channel_type{} : rule->type;
}

name_fault check_channel_name(std::string_view name, std::size_t length_max,
                              bool allow_user_channel) noexcept {
  if (name.empty())
    return name_fault::empty;
  if (name.size() > length_max)
    return name_fault::too_long;
  auto checked = name;
  if (name.front() == '#') {
    checked = user_of_channel(name);
    if (!allow_user_channel || checked.empty())
      return name_fault::reserved;
  }
  return std::ranges::all_of(checked, is_name_character) ? name_fault::none
                                                         : name_fault::bad_character;
}

std::string_view explain(name_fault fault) noexcept {
  switch (fault) {
  case name_fault::none:
    return "Channel name is valid";
  case name_fault::empty:
    return "Channel name is missing or empty";
  case name_fault::too_long:
    return "Channel name is too long";
  case name_fault::bad_character:
    return "Channel name has a character other than A-Z, a-z, 0-9 and _-=@,.;";
  case name_fault::reserved:
    return "Channel names that start with # are reserved";
  }
  return {};
}

std::string_view user_of_channel(std::string_view name) noexcept {
  if (!name.starts_with(user_channel_prefix))
    return {};
  return name.substr(user_channel_prefix.size());
}

}  // namespace grapevine::protocol
