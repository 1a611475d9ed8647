#pragma once

#include <string_view>

namespace grapevine::protocol {

/// The text of the value that `key` has in `object`, as it was written: order of keys, digits of
/// numbers and all. Empty when there is no such key; of several the last one counts, as in
/// `parse_json`. `object` must be the text of a JSON object that `parse_json` has accepted.
std::string_view json_member_text(std::string_view object, std::string_view key);

}  // namespace grapevine::protocol
