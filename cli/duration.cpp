#include "cli/duration.hpp"

#include <charconv>
#include <cstdint>

namespace grapevine::cli {

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  std::uint32_t count = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{})
    return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  std::chrono::milliseconds result{0};
  if (unit.empty() || unit == "s")
    result = std::chrono::seconds{count};
  else if (unit == "ms")
    result = std::chrono::milliseconds{count};
  else if (unit == "m")
    result = std::chrono::minutes{count};
  if (result.count() == 0 || result > std::chrono::hours{24 * 366})
    return std::nullopt;
  return result;
}

}  // namespace grapevine::cli
