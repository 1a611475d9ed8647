#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace grapevine::protocol {

/// Parses one JSON text (RFC 8259) that a peer sent. Nothing when it is no JSON, not valid UTF-8,
/// followed by anything but white space, or nested deeper than `depth_max` (a flat object is 1
/// deep, a bare number 0). Of a key that occurs twice the last value counts. Depth is checked
/// before anything is allocated.
std::optional<nlohmann::json> parse_json(std::string_view text, std::size_t depth_max);

}  // namespace grapevine::protocol
