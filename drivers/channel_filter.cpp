#include "drivers/channel_filter.hpp"

#include <algorithm>
#include <utility>

namespace grapevine::drivers {

namespace {

bool matches_pattern(std::string_view pattern, std::string_view name) noexcept {
  std::size_t p = 0;
  std::size_t n = 0;
  // Where the last '*' stood, and what it has swallowed up to: only that one is ever tried again.
  auto star = std::string_view::npos;
  std::size_t swallowed = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      swallowed = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++swallowed;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace

channel_filter::channel_filter(std::vector<std::string> patterns)
    : patterns_{std::move(patterns)} {}

bool channel_filter::matches(std::string_view channel) const noexcept {
  return std::any_of(patterns_.begin(), patterns_.end(),
                     [&](const auto& pattern) { return matches_pattern(pattern, channel); });
}

}  // namespace grapevine::drivers
