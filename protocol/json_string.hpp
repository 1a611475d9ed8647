#pragma once

#include <string>
#include <string_view>

namespace grapevine::protocol {

/// Appends `text` as a JSON string with its quotes. Escaped are exactly `"`, `\` and the control
/// characters below U+0020; everything else stays as it is, so `text` must be valid UTF-8.
void append_json_string(std::string& out, std::string_view text);

}  // namespace grapevine::protocol
