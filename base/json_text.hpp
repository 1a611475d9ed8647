#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace grapevine::base {

/// The shortest text of `value`. Bytes that are not UTF-8 become U+FFFD. Never throws but for lack
/// of memory.
std::string json_text(const nlohmann::json& value);
std::string json_text(const nlohmann::ordered_json& value);

/// `text` as a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD.
std::string json_quoted(std::string_view text);

}  // namespace grapevine::base
