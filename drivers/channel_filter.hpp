#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace grapevine::drivers {

/// Patterns for channel names, in which '*' stands for any characters, none included: "private-*".
class channel_filter {
public:
  explicit channel_filter(std::vector<std::string> patterns);
  /// Whether any of the patterns matches the whole name. Without patterns none does.
  bool matches(std::string_view channel) const noexcept;

private:
  std::vector<std::string> patterns_;
};

}  // namespace grapevine::drivers
