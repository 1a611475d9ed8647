#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Percent-encoding (RFC 3986, section 2.1).
namespace grapevine::base {

/// Escapes everything but the unreserved characters, for one segment of a path or a key or value of
/// a query: "a/é" becomes "a%2F%C3%A9".
std::string percent_encode(std::string_view text);

/// The inverse; absent when a '%' is not followed by two hexadecimal digits. A '+' stays.
std::optional<std::string> percent_decode(std::string_view text);

/// As `percent_decode`, but a '%' that begins no escape stays as it is. For what strangers send
/// where nothing depends on the difference.
std::string percent_decode_leniently(std::string_view text);

}  // namespace grapevine::base
