#pragma once

#include "config/fault.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace grapevine::config {

/// Reads "64KiB", "4MiB" or a plain number of bytes. On a fault `bytes` is untouched.
verdict parse_size(std::string_view text, std::uint64_t& bytes);
/// Reads "500ms", "10s" or "30m"; a unit is required. On a fault `duration` is untouched.
verdict parse_duration(std::string_view text, std::chrono::milliseconds& duration);

/// The shortest exact form that `parse_size` reads: "1MiB", "1536KiB", "100".
std::string format_size(std::uint64_t bytes);
/// The shortest exact form that `parse_duration` reads: "2m", "90s", "1500ms".
std::string format_duration(std::chrono::milliseconds duration);

}  // namespace grapevine::config
