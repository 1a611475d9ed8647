#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace grapevine::cli {

/// Reads "10", "10s", "500ms" or "2m"; a bare number means seconds. Nothing for other text, zero,
/// or more than a year.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace grapevine::cli
